internal import Domain

/// The charging decision about one session.
enum ChargeDecision {
    case charge([ItemWork], costCredits: Int)
    case end(SessionEnd)
}

/// The end of a session that is not charged.
struct SessionEnd {
    let status: SessionStatus
    var code: String?
    var message: String?
    /// The session that was accepted first under the same idempotency key.
    var duplicateOf: SessionID?

    /// The status of its items.
    var itemStatus: ItemStatus {
        switch status {
        case .canceled: .canceled
        case .expired: .expired
        case .queued, .processing, .completed, .partiallyCompleted, .failed: .failed
        }
    }

    static func failed(_ code: String, _ message: String) -> SessionEnd {
        SessionEnd(status: .failed, code: code, message: message)
    }
}
