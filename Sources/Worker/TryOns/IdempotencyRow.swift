internal import Domain
internal import Platform

/// The row that charging writes for a session's idempotency key.
struct IdempotencyRow {
    let session: ClaimedTryOn
    let keyHash: String
    let writtenAt: Timestamp

    /// Overwrites an expired row.
    static let insert = InsertStatement<IdempotencyRow>(
        into: "idempotency_keys", updating: ["fingerprint", "session_id", "created_at", "expires_at"],
        clearing: ["answer"],
        [
            ("organization_id", { .id($0.session.job.organizationID) }),
            ("environment", { .text($0.session.job.environment.rawValue) }),
            ("key_hash", { .text($0.keyHash) }),
            ("fingerprint", { .text($0.session.job.fingerprint ?? "") }),
            ("session_id", { .id($0.session.id) }),
            ("created_at", { .time($0.writtenAt) }),
            ("expires_at", { .time($0.session.id.createdAt + TryOnJob.idempotencyLifetime) }),
        ])
}
