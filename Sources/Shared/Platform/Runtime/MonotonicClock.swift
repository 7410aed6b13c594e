/// A source of time that never goes back; it decides when a loop's timers are due.
package protocol MonotonicClock: Sendable {
    func now() -> ContinuousClock.Instant
}

/// The monotonic clock of the system.
package struct SystemMonotonicClock: MonotonicClock {
    package init() {}

    package func now() -> ContinuousClock.Instant { .now }
}
