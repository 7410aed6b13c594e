import Platform
import Synchronization

/// Time that only a test moves; it begins at the real time.
package final class ManualClock: WallClock, MonotonicClock {
    private let wallStart = SystemClock().now()
    private let start = ContinuousClock.now
    private let elapsedMs = Atomic<Int64>(0)

    package init() {}

    package func now() -> Timestamp {
        Timestamp(unixMs: wallStart.unixMs + elapsedMs.load(ordering: .relaxed))
    }

    package func now() -> ContinuousClock.Instant {
        start + .milliseconds(elapsedMs.load(ordering: .relaxed))
    }

    /// Moves the time; a loop runs the timers that are then due in its next turn.
    package func advance(by duration: Duration) {
        elapsedMs.add(Int64(duration.milliseconds()), ordering: .relaxed)
    }
}
