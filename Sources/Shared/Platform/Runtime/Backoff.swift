/// Exponential backoff with an upper bound and jitter, so that many processes do not retry at the same time.
package struct Backoff: Sendable {
    private let first: Duration
    private let most: Duration
    private var failures = 0

    package init(first: Duration = .milliseconds(50), most: Duration = .seconds(5)) {
        self.first = first
        self.most = most
    }

    /// The next delay: between 50 % and 100 % of the current bound.
    package mutating func next() -> Duration {
        let bound = min(most, first * (1 << min(failures, 16)))
        failures += 1
        return bound * Double.random(in: 0.5...1)
    }

    package mutating func reset() {
        failures = 0
    }
}
