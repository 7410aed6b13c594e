/// How long to wait before the next try: it doubles to a bound, with jitter, so that a fleet does not try in step.
package struct Backoff: Sendable {
    private let first: Duration
    private let most: Duration
    private var failures = 0

    package init(first: Duration = .milliseconds(50), most: Duration = .seconds(5)) {
        self.first = first
        self.most = most
    }

    /// The next wait, between half of the bound and the whole of it.
    package mutating func next() -> Duration {
        let bound = min(most, first * (1 << min(failures, 16)))
        failures += 1
        return bound * Double.random(in: 0.5...1)
    }

    package mutating func reset() {
        failures = 0
    }
}
