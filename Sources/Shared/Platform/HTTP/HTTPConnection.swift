/// One client connection: it reads requests one after another, passes each to the responder, and writes the responses.
final class HTTPConnection: EventHandler {
    /// The state of the connection, which determines the time-out.
    enum Phase {
        case idle
        case head
        case body
        case handling
        case writing
        case lingering
    }

    /// How much of a response was written since when.
    struct ResponseProgress {
        let since: ContinuousClock.Instant
        var bytes = 0
    }

    private let loop: EventLoop
    let socket: SocketHandle
    private let peer: SocketAddress
    let server: HTTPServer
    let signal = LoopSignal()
    private var parser: HTTPRequestParser
    var output = ByteWriter(capacity: 0)
    /// Bytes of the output that were written.
    var written = 0
    var writing: ResponseProgress
    private var mayRead = true
    var mayWrite = true
    private var hasEnded = false
    private(set) var phase = Phase.idle
    private(set) var phaseSince: ContinuousClock.Instant
    var deadline: ContinuousClock.Instant
    private(set) var peerHasClosed = false
    /// The body that is being sent.
    var stream: HTTPBodyStream?
    var isExpired = false
    var isAborted = false
    /// Of the current request.
    private var method = HTTPMethod.get
    private var requestsServed = 0
    var bytesThisTurn = 0
    private var requestsThisTurn = 0

    init(_ socket: consuming SocketHandle, peer: SocketAddress, server: HTTPServer) {
        self.socket = socket
        self.peer = peer
        self.server = server
        loop = server.loop
        parser = HTTPRequestParser(limits: server.limits)
        phaseSince = .now
        writing = ResponseProgress(since: .now)
        deadline = .now + server.limits.idleTimeout
    }

    var descriptor: Int32 { socket.descriptor.number }

    // MARK: Events, on the loop's thread

    func ready(_ interest: Interest) {
        if !interest.isDisjoint(with: [.peerClosed, .error]) { peerHasClosed = true }
        if !interest.isDisjoint(with: [.read, .peerClosed, .error]) { mayRead = true }
        if !interest.isDisjoint(with: [.write, .error]) { mayWrite = true }
        if peerHasClosed { stream?.leave() }
        if phase != .handling { signal.notify() }
    }

    /// Called when the deadline has passed: a wait for the peer ends.
    func expire() {
        isExpired = true
        signal.notify()
    }

    /// Ends the connection in any phase.
    func abort() {
        isAborted = true
        expire()
    }

    /// Called when the server drains: a busy connection ends after its response, an idle one soon.
    ///
    /// Not at once, because the client may have sent a request already.
    func drain() {
        guard phase == .idle else { return }
        deadline = min(deadline, server.now + server.limits.idleTimeoutUnderPressure)
    }

    // MARK: The conversation

    /// Serves the connection until either side ends it.
    func run() async {
        do throws(HTTPParseError) {
            while let request = try await nextRequest() {
                enter(.handling, for: nil)
                let response =
                    if let refusal = request.refusal { refusal } else {
                        await request.exchange.respond(to: request.body)
                    }
                requestsServed += 1
                // Before HTTP/1.1 only the end of the connection ends a stream.
                let endsAtClose = response.body.count == nil && request.minorVersion == 0
                let keepsAlive = request.keepsAlive && !server.isDraining && !response.closes && !endsAtClose
                server.encode(
                    response, withoutBody: method == .head, keepsAlive: keepsAlive,
                    minorVersion: request.minorVersion, into: &output)
                if writeOutput() != .done {
                    guard await flush() else { return }
                }
                if method != .head, !response.body.isInOutput {
                    guard await send(response.body, chunked: !endsAtClose) else { return }
                }
                if !keepsAlive { return await linger() }
                requestsThisTurn += 1
                if hasUsedItsTurn { await yieldTurn() }
            }
        } catch {
            server.encode(
                server.responder.refuse(error), withoutBody: method == .head, keepsAlive: false, minorVersion: 1,
                into: &output)
            guard await flush() else { return }
            await linger()
        }
    }

    /// Whether this connection has used up its share of the loop's turn.
    var hasUsedItsTurn: Bool {
        requestsThisTurn >= server.limits.requestsPerTurnMax || bytesThisTurn >= server.limits.bytesPerTurnMax
    }

    /// Yields to the other connections of the loop.
    func yieldTurn() async {
        requestsThisTurn = 0
        bytesThisTurn = 0
        await Task.yield()
    }

    /// A request that is ready for the responder.
    private struct PendingRequest {
        let exchange: any HTTPExchange
        let minorVersion: Int
        var keepsAlive: Bool
        var body = HTTPBody.bytes([])
        /// The response if the body was refused and not read.
        var refusal: HTTPResponse?
    }

    /// The next request with its body; nil if the connection ends first.
    private func nextRequest() async throws(HTTPParseError) -> PendingRequest? {
        enter(.idle, for: server.isDraining ? server.limits.idleTimeoutUnderPressure : server.limits.idleTimeout)
        method = .get
        guard let head = try await nextHead() else { return nil }
        method = head.method
        let exchange = server.responder.begin(head, from: peer)
        var request = PendingRequest(
            exchange: exchange, minorVersion: head.minorVersion, keepsAlive: head.keepsAlive)
        if head.framing == .none || head.framing == .length(0) {
            guard case .end? = try parser.next() else { preconditionFailure("a body that was not announced") }
            return request
        }
        let policy = exchange.bodyPolicy
        if head.expectsContinue, !policy.acceptsBody {
            request.keepsAlive = false
            return request
        }
        if case .length(let count) = head.framing, count > policy.bytesMax { throw Self.tooLarge(policy.bytesMax) }
        if isLarge(head.framing, policy) {
            enter(.handling, for: nil)
            request.refusal = await exchange.refuseLargeBody()
            if request.refusal != nil {
                request.keepsAlive = false
                return request
            }
        }
        guard let body = try await readBody(head, bytesMax: policy.bytesMax) else { return nil }
        request.body = body
        return request
    }

    /// Whether the body may have to be stored in a file.
    private func isLarge(_ framing: HTTPRequestHead.Framing, _ policy: HTTPBodyPolicy) -> Bool {
        let count = if case .length(let count) = framing { count } else { policy.bytesMax }
        return count > server.limits.bodyInMemoryBytesMax
    }

    /// The whole body; nil if the connection ends before the body is complete.
    private func readBody(_ head: HTTPRequestHead, bytesMax: Int) async throws(HTTPParseError) -> HTTPBody? {
        if let whole = parser.wholeBody(upTo: min(bytesMax, server.limits.bodyInMemoryBytesMax)) {
            return .bytes(whole)
        }
        let collector = HTTPBodyCollector(
            bytesMax: bytesMax, limits: server.limits, directory: server.spoolDirectory, total: server.spoolBytes)
        enter(.body, for: collector.timeout(for: head.framing))
        if head.expectsContinue, parser.unreadBytes == 0 {
            output.append(HTTPResponseEncoder.interimContinue)
            guard await flush() else { return nil }
            enter(.body, for: collector.timeout(for: head.framing))
        }
        while true {
            switch try parser.next() {
            case .body(let piece): try collector.append(piece)
            case .end: return collector.finish()
            case .head: preconditionFailure("a head inside a body")
            case nil:
                guard await fill() else {
                    if isExpired { throw HTTPParseError(.requestTimeout, "the body did not arrive in time") }
                    return nil
                }
            }
        }
    }

    private func nextHead() async throws(HTTPParseError) -> HTTPRequestHead? {
        while true {
            switch try parser.next() {
            case .head(let head): return head
            case .body, .end: preconditionFailure("a body before its head")
            case nil: break
            }
            if phase == .idle, !parser.isBetweenRequests { enter(.head, for: server.limits.headTimeout) }
            guard await fill() else {
                if isExpired, phase == .head {
                    throw HTTPParseError(.requestTimeout, "the header section did not arrive in time")
                }
                return nil
            }
        }
    }

    private static func tooLarge(_ bytesMax: Int) -> HTTPParseError {
        HTTPParseError(.contentTooLarge, "a body of this request has at most \(bytesMax) bytes")
    }

    // MARK: Bytes

    /// Waits for bytes and passes them to the parser; false if no more will come.
    private func fill() async -> Bool {
        while !hasEnded, !isAborted {
            // A request that arrived before an idle connection expired is still answered.
            if isExpired, phase != .idle || !mayRead { return false }
            if mayRead {
                switch server.read(socket) {
                case .bytes(let bytes, let isDrained):
                    // After the peer has closed, no further edge comes, so reading continues to the end.
                    mayRead = !isDrained || peerHasClosed
                    bytesThisTurn += bytes.count
                    parser.append(bytes)
                    if hasUsedItsTurn { await yieldTurn() }
                    return true
                case .wouldBlock: mayRead = false
                case .ended: hasEnded = true
                }
            } else {
                await signal.wait()
            }
        }
        return false
    }

    /// Closes the sending half, and discards input for at most `lingerTimeout` or 64 MiB.
    ///
    /// Closing a socket with unread input resets the connection, and the peer might lose the response.
    private func linger() async {
        socket.shutdownWriting()
        if hasEnded { return }
        enter(.lingering, for: server.limits.lingerTimeout)
        var bytesLeft = 67_108_864
        while bytesLeft > 0, !isExpired, !isAborted {
            if mayRead {
                switch server.read(socket) {
                case .bytes(let bytes, let isDrained):
                    bytesLeft -= bytes.count
                    bytesThisTurn += bytes.count
                    mayRead = !isDrained || peerHasClosed
                    if hasUsedItsTurn { await yieldTurn() }
                case .wouldBlock: mayRead = false
                case .ended: return
                }
            } else {
                await signal.wait()
            }
        }
    }

    func enter(_ phase: Phase, for timeout: Duration?) {
        self.phase = phase
        phaseSince = server.now
        isExpired = false
        deadline = timeout.map { server.now + $0 } ?? .distantFuture
    }
}

extension ContinuousClock.Instant {
    /// Later than any deadline.
    static let distantFuture = ContinuousClock.Instant.now + .seconds(1_000_000_000)
}
