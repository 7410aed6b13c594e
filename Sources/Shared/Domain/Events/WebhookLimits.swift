/// How fast a webhook's endpoint is served.
package struct WebhookLimits: Equatable, Sendable {
    /// The most deliveries under way at once, from 1 to 64.
    package static let concurrencyRange: ClosedRange<Int64> = 1...64
    /// The most deliveries a second, from 1 to 1,000.
    package static let rateRange: ClosedRange<Int64> = 1...1_000
    package static let standard = WebhookLimits(
        maxConcurrency: CircuitBreaker.attemptsAtOnceMax, ratePerSecond: nil, isOrdered: false)

    package static func == (one: WebhookLimits, other: WebhookLimits) -> Bool {
        (one.maxConcurrency, one.isOrdered) == (other.maxConcurrency, other.isOrdered)
            && one.ratePerSecond == other.ratePerSecond
    }

    package let maxConcurrency: Int
    /// Deliveries that begin in a second; nil: as many as possible.
    package let ratePerSecond: Int?
    /// Whether events are sent in the order in which they were written, each after the one before it has ended.
    package let isOrdered: Bool

    /// When the webhook was changed last, in ms: newer limits are not replaced by older ones.
    package let version: Int64

    package init(maxConcurrency: Int, ratePerSecond: Int?, isOrdered: Bool, version: Int64 = 0) {
        self.version = version
        self.maxConcurrency = maxConcurrency
        self.ratePerSecond = ratePerSecond
        self.isOrdered = isOrdered
    }

    /// The deliveries that may be under way at once.
    package var atOnceMax: Int { isOrdered ? 1 : maxConcurrency }

    /// What `LaneLimitLua` reads: the cap (0: the standard one), µs between two deliveries (0: none), `1` if ordered, and the
    /// version.
    package var text: String {
        if self == .standard { return "0 0 0 \(version)" }
        return "\(atOnceMax) \(ratePerSecond.map { 1_000_000 / $0 } ?? 0) \(isOrdered ? 1 : 0) \(version)"
    }
}
