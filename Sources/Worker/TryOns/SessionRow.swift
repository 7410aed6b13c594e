internal import Domain
internal import Platform

/// The row that charging writes for a session.
struct SessionRow {
    let session: ClaimedTryOn
    let status: SessionStatus
    let costCredits: Int
    var end: SessionEnd?
    let writtenAt: Timestamp

    /// An existing row is an error.
    static let insert = InsertStatement<SessionRow>(into: "cart_tryon_sessions", columns)

    /// Updates an existing row, which is queued: charging has read its status under a lock.
    static let upsert = InsertStatement<SessionRow>(
        into: "cart_tryon_sessions",
        updating: [
            "status", "owner", "cost_credits", "duplicate_of", "error_code", "error_message", "started_at",
            "finished_at",
        ], columns)

    private static let columns: [InsertStatement<SessionRow>.Column] = [
        ("id", { .id($0.session.id) }),
        ("organization_id", { .id($0.session.job.organizationID) }),
        ("environment", { .text($0.session.job.environment.rawValue) }),
        ("api_key_id", { .id($0.session.job.keyID) }),
        ("customer_id", { .text($0.session.job.customerID) }),
        ("photo_id", { .id($0.session.photoID) }),
        ("cart_id", { .optional($0.session.job.cartID) }),
        ("quality", { .text($0.session.job.quality.rawValue) }),
        ("status", { .text($0.status.rawValue) }),
        ("owner", { .text($0.session.owner) }),
        ("cost_credits", { .integer(Int64($0.costCredits)) }),
        ("duplicate_of", { .optional($0.end?.duplicateOf) }),
        ("error_code", { .optional($0.end?.code) }),
        ("error_message", { .optional($0.end?.message) }),
        ("metadata", { .bytes($0.session.job.metadata) }),
        ("request_id", { .text($0.session.job.requestID) }),
        ("traceparent", { .optional($0.session.job.traceparent) }),
        ("created_at", { .time($0.session.id.createdAt) }),
        ("started_at", { $0.end == nil ? .time($0.writtenAt) : .null }),
        ("finished_at", { $0.end == nil ? .null : .time($0.writtenAt) }),
    ]
}
