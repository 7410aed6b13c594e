internal import Platform

/// A part of the work that a worker process may do.
package enum WorkerRole: String, Hashable, Sendable, CaseIterable {
    /// Charges, renders and completes cart try-ons.
    case sessions
    /// Delivers events.
    case webhooks
    /// Reconciles Redis with MariaDB, and deletes what is due to be deleted.
    case maintenance

    /// Reads roles that are separated by commas; nil if one is unknown, or there is none.
    package static func set(_ text: String) -> Set<WorkerRole>? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingBlanks()) }
        let roles = parts.compactMap(WorkerRole.init(rawValue:))
        return roles.count == parts.count ? Set(roles) : nil
    }
}
