internal import Domain
internal import Platform

/// One client that watches a session: makes its stream of server-sent events.
///
/// It keeps no events: each piece is made from the session's state when the client has taken the one before, so a slow
/// client misses nothing and needs no memory.
final class SessionWatcher {
    private static let heartbeat = Duration.seconds(15)
    private static let opening = Array(": watching\nretry: 2000\n\n".utf8)
    let sessionID: SessionID
    private let loop: EventLoop
    /// What a look at the session's state has found.
    enum Look {
        case progress(SessionProgress)
        /// A store fails at the moment.
        case failed
        /// The session does not exist any more, or the client may not see it any more.
        case gone
    }

    private let look: () async -> Look
    private let signal = LoopSignal()
    private var last: Int
    private var isOpen = false
    private var hasEnded = false
    private var isStopped = false
    /// Whether the state may have changed since it was read.
    private var isStale = true

    /// - Parameters:
    ///   - id: the session.
    ///   - last: the number of the last event that the client has; 0: none.
    ///   - loop: the loop of the connection.
    ///   - look: reads the session's state.
    init(_ id: SessionID, after last: Int, loop: EventLoop, look: @escaping () async -> Look) {
        sessionID = id
        self.last = last
        self.loop = loop
        self.look = look
    }

    /// Called when the session may have changed.
    func notify() {
        isStale = true
        signal.notify()
    }

    /// Ends the stream; the client connects again, and resumes.
    func stop() {
        isStopped = true
        signal.notify()
    }

    /// The next piece of the stream.
    func next() async -> HTTPBodyStream.Piece {
        if !isOpen {
            isOpen = true
            return .bytes(Self.opening)
        }
        while !hasEnded, !isStopped {
            if isStale {
                isStale = false
                if let bytes = await newEvents() { return .bytes(bytes) }
                continue
            }
            var isHeartbeat = false
            let timer = loop.schedule(after: Self.heartbeat) { [signal] in
                isHeartbeat = true
                signal.notify()
            }
            await signal.wait()
            loop.cancel(timer)
            if isHeartbeat {
                // A message may have been lost.
                isStale = true
                return .bytes(Array(": heartbeat\n\n".utf8))
            }
        }
        return .end
    }

    private func newEvents() async -> [UInt8]? {
        let progress: SessionProgress
        switch await look() {
        case .progress(let found): progress = found
        case .failed: return nil
        case .gone:
            hasEnded = true
            return nil
        }
        hasEnded = progress.hasEnded
        let events = progress.events(after: last)
        last = events.last?.number ?? last
        return events.isEmpty ? nil : events.flatMap(\.bytes)
    }
}
