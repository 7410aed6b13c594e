internal import Glibc

/// The wall-clock time at its creation, and what has passed since: it does not step if the clock of the system is set.
package struct SteadyClock: WallClock {
    private let startUnixMs: Int64
    private let startMs: Int64

    package init() {
        startUnixMs = SystemClock().now().unixMs
        startMs = Self.elapsedMs()
    }

    package func now() -> Timestamp { Timestamp(unixMs: startUnixMs + Self.elapsedMs() - startMs) }

    /// The time since the start of the machine, with the time for which it was suspended.
    private static func elapsedMs() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
