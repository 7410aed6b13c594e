/// The status of a cart try-on.
package enum SessionStatus: String, Hashable, Sendable, CaseIterable {
    case queued, processing, completed, failed, canceled, expired
    case partiallyCompleted = "partially_completed"

    package var isTerminal: Bool {
        switch self {
        case .queued, .processing: false
        case .completed, .partiallyCompleted, .failed, .canceled, .expired: true
        }
    }

    /// The type of the event for this terminal status.
    package var eventType: String { "tryon.\(rawValue)" }
}

/// The status of one item of a cart try-on.
package enum ItemStatus: String, Hashable, Sendable, CaseIterable {
    case queued, processing, completed, failed, canceled, expired
}
