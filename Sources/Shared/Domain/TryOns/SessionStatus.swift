/// Where a cart try-on stands.
package enum SessionStatus: String, Hashable, Sendable, CaseIterable {
    case queued, processing, completed, failed, canceled, expired
    case partiallyCompleted = "partially_completed"

    package var isTerminal: Bool {
        switch self {
        case .queued, .processing: false
        case .completed, .partiallyCompleted, .failed, .canceled, .expired: true
        }
    }

    /// The event that tells of this end.
    package var eventType: String { "tryon.\(rawValue)" }
}

/// Where one item of a cart try-on stands.
package enum ItemStatus: String, Hashable, Sendable, CaseIterable {
    case queued, processing, completed, failed, canceled, expired
}
