extension EventLoop {
    /// Suspends the calling task of this loop for a while.
    package func sleep(for duration: Duration) async {
        let signal = LoopSignal()
        schedule(after: duration) { signal.notify() }
        await signal.wait()
    }
}
