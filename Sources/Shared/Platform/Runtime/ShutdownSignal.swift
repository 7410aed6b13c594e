internal import Glibc

/// The signals that ask a process to stop: SIGTERM and SIGINT.
package enum ShutdownSignal {
    /// Keeps the signals from killing the process; to be called before any thread is made.
    ///
    /// A broken pipe is an error of the write, not a signal.
    package static func block() {
        var set = stopSignals()
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        ignoreBrokenPipes()
    }

    /// A broken pipe is an error of the write, not a signal.
    package static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until one of the signals comes.
    package static func wait() {
        var set = stopSignals()
        var caught: Int32 = 0
        while unsafe sigwait(&set, &caught) != 0 {}
    }

    /// Asks this process to stop.
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
