package import Platform

/// The circuit breaker of a webhook's endpoint, as it was read.
///
/// While it is open nothing is sent to the endpoint. When its time has passed it is half-open: one attempt at a time probes
/// the endpoint. After three answers the number of attempts at once rises step by step, until the breaker is closed.
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        case closed
        case open
        case halfOpen = "half_open"
        /// Its endpoint answers again, and gets more attempts at once with each answer.
        case closing
    }

    package enum Reason: String, Sendable, CaseIterable {
        /// Five attempts in a row had no answer.
        case unreachable
        /// Half of ten or more attempts within a minute failed, or a probe did.
        case failing
    }

    /// The attempts that may be made at once at an endpoint whose breaker is closed.
    package static let attemptsAtOnceMax = 16

    package let state: State
    /// Why it has opened; nil if it is closed.
    package let reason: Reason?
    package let openedAt: Timestamp?
    /// When the endpoint is tried again; nil unless it is open.
    package let nextProbeAt: Timestamp?

    package static let closed = CircuitBreaker(state: .closed, reason: nil, openedAt: nil, nextProbeAt: nil)
}
