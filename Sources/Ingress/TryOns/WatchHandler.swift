internal import Domain
internal import Platform

/// Handles the endpoint that streams the events of a session.
final class WatchHandler {
    private let loop: EventLoop
    private let watchers: SessionWatchers
    private let authenticator: APIKeyAuthenticator
    private let sessions: SessionFinder
    private let links: SignedLinks
    private let clock: any WallClock

    init(
        loop: EventLoop, watchers: SessionWatchers, authenticator: APIKeyAuthenticator, sessions: SessionFinder,
        links: SignedLinks, clock: any WallClock
    ) {
        self.loop = loop
        self.authenticator = authenticator
        self.watchers = watchers
        self.sessions = sessions
        self.links = links
        self.clock = clock
    }

    /// Streams a session's events until its end; `Last-Event-ID` resumes after an event.
    func watch(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: SessionID = try context.request.id(0, "cart try-on")
        let key = context.key
        guard let view = try await sessions.find(id, key) else { throw .notFound("cart try-on") }
        let last = context.request.head.headers[text: "last-event-id"].flatMap { Int($0) } ?? 0
        // An EventSource connects again after each end, until it gets 204.
        if view.status.isTerminal, last >= SessionProgress.endNumber { return HTTPResponse(.noContent) }
        let (request, scope) = (context.request.authentication, context.scope)
        let watcher = SessionWatcher(id, after: last, loop: loop) { [self] in
            await look(id, key, request, scope)
        }
        try await watchers.add(watcher, key)
        let bound = LoopBound(watcher, on: loop)
        let stream = HTTPBodyStream(leave: { bound.value.stop() }, next: { await bound.value.next() })
        var response = HTTPResponse(.ok, body: .stream(stream))
        response.set("Content-Type", static: "text/event-stream")
        response.set("Cache-Control", static: "no-store")
        // Proxies such as nginx must not collect the events.
        response.set("X-Accel-Buffering", static: "no")
        return response
    }

    /// Reads the session, if the key still may: it may have been revoked since the stream was begun.
    private func look(
        _ id: SessionID, _ key: APIKey, _ request: AuthenticationRequest, _ scope: Scope
    ) async -> SessionWatcher.Look {
        let now = clock.now()
        var request = request
        request.now = now
        do throws(Problem) {
            let passed = try await authenticator.authenticate(request, key, scope, isCounted: false)
            guard let view = try await sessions.find(id, passed.key) else { return .gone }
            return .progress(SessionProgress(view) { [links] path in links.address(of: path, at: now) })
        } catch {
            return error.code == .storeUnavailable ? .failed : .gone
        }
    }
}
