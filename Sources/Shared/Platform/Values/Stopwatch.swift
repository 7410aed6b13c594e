internal import Glibc

/// Measures time since its creation by the monotonic clock of the system.
///
/// It counts in 64 bits; the arithmetic of `Duration` in 128 bits costs a request hundreds of instructions.
package struct Stopwatch: Sendable {
    private let startNanoseconds: Int64

    package init() {
        startNanoseconds = Self.now()
    }

    package var nanoseconds: Int64 { Self.now() - startNanoseconds }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
