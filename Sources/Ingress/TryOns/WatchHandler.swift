internal import Domain
internal import Platform

/// Handles the endpoint that streams the events of a session.
final class WatchHandler {
    private let loop: EventLoop
    private let watchers: SessionWatchers
    private let sessions: SessionFinder
    private let links: SignedLinks
    private let clock: any WallClock

    init(
        loop: EventLoop, watchers: SessionWatchers, sessions: SessionFinder, links: SignedLinks, clock: any WallClock
    ) {
        self.loop = loop
        self.watchers = watchers
        self.sessions = sessions
        self.links = links
        self.clock = clock
    }

    /// Streams a session's events until its end; `Last-Event-ID` resumes after an event.
    func watch(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: SessionID = try context.request.id(0, "cart try-on")
        let key = context.key
        guard try await sessions.find(id, key) != nil else { throw .notFound("cart try-on") }
        let last = context.request.head.headers[text: "last-event-id"].flatMap { Int($0) } ?? 0
        let watcher = SessionWatcher(id, after: last, loop: loop) { [self] in await progress(id, key) }
        try await watchers.add(watcher, shard: key.names.place.shard)
        let bound = LoopBound(watcher, on: loop)
        var response = HTTPResponse(.ok, body: .stream(HTTPBodyStream { await bound.value.next() }))
        response.set("Content-Type", static: "text/event-stream")
        response.set("Cache-Control", static: "no-store")
        // Proxies such as nginx must not collect the events.
        response.set("X-Accel-Buffering", static: "no")
        return response
    }

    private func progress(_ id: SessionID, _ key: APIKey) async -> SessionProgress? {
        do throws(Problem) {
            guard let view = try await sessions.find(id, key) else { return nil }
            let now = clock.now()
            return SessionProgress(view) { [links] path in links.address(of: path, at: now) }
        } catch {
            return nil
        }
    }
}
