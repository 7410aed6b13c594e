internal import Platform

/// The answer to a request that is under way; one task waits for it, and can do other things meanwhile.
final class PendingAnswer {
    private let loop: EventLoop
    private let signal = LoopSignal()
    private var answer: Result<HTTPClientResponse, HTTPClientError>?

    /// Sends the request.
    init(_ client: HTTPClient, _ request: HTTPClientRequest, on loop: EventLoop) {
        self.loop = loop
        let bound = LoopBound((self, client, request), on: loop)
        // It ends by the time-out of the request at the latest.
        _ = Task(executorPreference: loop) {
            let (pending, client, request) = bound.value
            pending.answer = await client.send(request)
            pending.signal.notify()
        }
    }

    /// Waits for the answer; nil if it has not come in time.
    func wait(atMost span: Duration) async -> Result<HTTPClientResponse, HTTPClientError>? {
        if let answer { return answer }
        let timer = loop.schedule(after: span) { [signal] in signal.notify() }
        await signal.wait()
        loop.cancel(timer)
        return answer
    }
}
