internal import Domain
internal import Platform

/// The outcome of an attempt, and its effect on the delivery and its endpoint.
struct DeliveryRecord: Sendable {
    enum Outcome: Sendable {
        case delivered
        /// `retryAfter` is the time until the next attempt, from when this outcome is written; nil if it is given up.
        case failed(retryAfter: Duration?)
        /// The endpoint is deleted; nothing was sent.
        case canceled
        /// The endpoint is not active; nothing was sent, and its owner can ask for it later.
        case skipped

        /// Whether it ends a delivery that was not accepted.
        var isFailure: Bool {
            if case .failed(retryAfter: nil) = self { true } else { false }
        }

        /// The status of a delivery to which nothing was sent; nil if there was an attempt.
        var statusWithoutAttempt: DeliveryStatus? {
            switch self {
            case .canceled: .canceled
            case .skipped: .skipped
            case .delivered, .failed: nil
            }
        }

        /// The status of a delivery after an attempt.
        var status: DeliveryStatus {
            switch self {
            case .delivered: .delivered
            case .failed(let wait): wait == nil ? .failed : .pending
            case .canceled: .canceled
            case .skipped: .skipped
            }
        }
    }

    let delivery: Delivery
    let outcome: Outcome
    /// Why the endpoint is disabled with it; nil if it is not.
    var disables: DisabledReason?
    /// What it says about the endpoint.
    var verdict = EndpointVerdict.unknown
    var statusCode: Int?
    var error: String?
    var response: [UInt8] = []
    var address: String?
    var durationMs: Int64 = 0
    let startedAt: Timestamp

    /// The number of the attempt, counted from 1.
    var attempt: Int { delivery.attempts + 1 }

    var isDelivered: Bool {
        if case .delivered = outcome { true } else { false }
    }
}
