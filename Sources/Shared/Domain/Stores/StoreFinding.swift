/// A setting of a store that endangers what the store holds, or that limits the daemons.
package struct StoreFinding: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable, CaseIterable {
        /// The store may lose an accepted session, or a charge.
        case unsafe
        /// The daemons may reach a limit of the store.
        case small
    }

    package let severity: Severity
    /// `redis` or `mariadb`.
    package let store: String
    package let setting: String
    package let found: String
    package let wanted: String
    /// What may happen.
    package let consequence: String

    package var description: String { "\(store): \(setting) is \(found), wanted: \(wanted); \(consequence)" }
}
