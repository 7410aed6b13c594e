internal import Glibc

/// A source of wall-clock time.
package protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The real-time clock of the system.
package struct SystemClock: WallClock {
    package init() {}

    package func now() -> Timestamp {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(unixMs: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
    }
}
