package import Platform

/// What was changed, by whom and from where; it is written in the transaction of the change.
package struct AuditEntry: Sendable {
    package enum Action: String, Sendable {
        case webhookCreated = "webhook.created"
        case webhookChanged = "webhook.changed"
        case webhookSecretRotated = "webhook.secret_rotated"
        case webhookDisabled = "webhook.disabled"
        case webhookRecovered = "webhook.recovered"
        case webhookDeleted = "webhook.deleted"
    }

    /// The worker, if it changes something by itself.
    package static let worker = "worker"

    let organizationID: OrganizationID
    /// The id of an API key or of a user, or `worker`.
    let actor: String
    let action: Action
    /// What was changed.
    let subjectID: String
    /// The change in words, without secrets.
    let detail: String
    /// The client's address; nil if it came from no client.
    let address: String?
    let requestID: String
    let createdAt: Timestamp

    package init(
        _ action: Action, of subjectID: String, in organizationID: OrganizationID, by actor: String,
        detail: String = "", from address: String? = nil, requestID: String = "", at createdAt: Timestamp
    ) {
        self.organizationID = organizationID
        self.actor = actor
        self.action = action
        self.subjectID = subjectID
        self.detail = String(detail.prefix(255))
        self.address = address
        self.requestID = requestID
        self.createdAt = createdAt
    }

    package static let insert = InsertStatement<AuditEntry>(
        into: "audit_log",
        [
            ("organization_id", { .id($0.organizationID) }),
            ("actor", { .text($0.actor) }),
            ("action", { .text($0.action.rawValue) }),
            ("subject_id", { .text($0.subjectID) }),
            ("detail", { .text($0.detail) }),
            ("address", { .optional($0.address) }),
            ("request_id", { .text($0.requestID) }),
            ("created_at", { .time($0.createdAt) }),
        ])
}
