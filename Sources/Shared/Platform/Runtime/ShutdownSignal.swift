internal import Glibc

/// The signals that ask a process to stop: SIGTERM and SIGINT.
package enum ShutdownSignal {
    /// Blocks the signals, so that `wait` receives them, and ignores SIGPIPE; call it before any thread is created.
    package static func block() {
        var set = stopSignals()
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        ignoreBrokenPipes()
    }

    /// Ignores SIGPIPE: a write to a broken pipe returns an error instead of raising a signal.
    package static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until one of the signals arrives.
    package static func wait() {
        var set = stopSignals()
        var caught: Int32 = 0
        while unsafe sigwait(&set, &caught) != 0 {}
    }

    /// Sends SIGTERM to this process.
    package static func raise() {
        _ = kill(getpid(), SIGTERM)
    }

    private static func stopSignals() -> sigset_t {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        _ = unsafe sigaddset(&set, SIGTERM)
        _ = unsafe sigaddset(&set, SIGINT)
        return set
    }
}
