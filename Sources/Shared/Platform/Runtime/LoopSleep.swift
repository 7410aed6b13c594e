extension EventLoop {
    /// Suspends the calling task, which must run on this loop, for `duration`.
    package func sleep(for duration: Duration) async {
        let signal = LoopSignal()
        schedule(after: duration) { signal.notify() }
        await signal.wait()
    }
}
