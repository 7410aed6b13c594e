/// One client's connection: it reads requests one behind the other, has each answered, and writes the answers.
final class HTTPConnection: EventHandler {
    /// What the connection is waiting for, and so which time-out holds.
    enum Phase {
        case idle
        case head
        case body
        case handling
        case writing
        case lingering
    }

    private let loop: EventLoop
    private let socket: SocketHandle
    private let peer: SocketAddress
    private let server: HTTPServer
    private let signal = LoopSignal()
    private var parser: HTTPRequestParser
    private var output: [UInt8] = []
    private var mayRead = true
    private var mayWrite = true
    private var hasEnded = false
    private(set) var phase = Phase.idle
    private(set) var deadline: ContinuousClock.Instant
    private var isExpired = false

    init(_ socket: consuming SocketHandle, peer: SocketAddress, server: HTTPServer) {
        self.socket = socket
        self.peer = peer
        self.server = server
        loop = server.loop
        parser = HTTPRequestParser(limits: server.limits)
        deadline = .now + server.limits.idleTimeout
    }

    var descriptor: Int32 { socket.descriptor.number }

    // MARK: Events, on the loop's thread

    func ready(_ interest: Interest) {
        if !interest.isDisjoint(with: [.read, .peerClosed, .error]) { mayRead = true }
        if !interest.isDisjoint(with: [.write, .error]) { mayWrite = true }
        if phase != .handling { signal.ring() }
    }

    /// Its time is up: whoever waits for the peer waits no longer.
    func expire() {
        isExpired = true
        signal.ring()
    }

    /// The server stops: an idle connection ends now, a busy one behind its answer.
    func drain() {
        if phase == .idle { expire() }
    }

    // MARK: The conversation

    /// Serves the connection until either side ends it.
    func run() async {
        do throws(HTTPParseError) {
            while let request = try await nextRequest() {
                enter(.handling, for: nil)
                let response = await server.responder.respond(to: request)
                let keepsAlive = request.head.keepsAlive && !server.isDraining && !response.closes
                server.encode(
                    response, withoutBody: request.head.method == .head, keepsAlive: keepsAlive,
                    minorVersion: request.head.minorVersion, into: &output)
                guard await flush() else { return }
                if !keepsAlive { break }
            }
        } catch {
            server.encode(
                server.responder.refuse(error), withoutBody: false, keepsAlive: false, minorVersion: 1, into: &output)
            guard await flush() else { return }
        }
        await linger()
    }

    /// The next whole request, or nil where the connection ends between two.
    private func nextRequest() async throws(HTTPParseError) -> HTTPRequest? {
        enter(.idle, for: server.isUnderPressure ? server.limits.idleTimeoutUnderPressure : server.limits.idleTimeout)
        guard let head = try await nextHead() else { return nil }
        let bytesMax = server.responder.bodyPolicy(for: head).bytesMax
        if case .length(let count) = head.framing, count > bytesMax { throw Self.tooLarge(bytesMax) }
        let collector = HTTPBodyCollector(bytesMax: bytesMax, limits: server.limits, directory: server.spoolDirectory)
        if case .none = head.framing {
        } else {
            enter(.body, for: collector.timeout(for: head.framing))
            if head.expectsContinue, parser.unreadBytes == 0 {
                output.append(contentsOf: HTTPResponseEncoder.interimContinue)
                guard await flush() else { return nil }
                enter(.body, for: collector.timeout(for: head.framing))
            }
        }
        while true {
            switch try parser.next() {
            case .body(let piece): try collector.append(piece)
            case .end: return HTTPRequest(head: head, body: collector.finish(), peer: peer)
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
            if phase == .idle, server.isDraining { return nil }
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

    /// Waits for bytes and gives them to the parser; false where none will come.
    private func fill() async -> Bool {
        while true {
            if isExpired || hasEnded { return false }
            if mayRead {
                switch server.read(socket) {
                case .bytes(let bytes, let isDrained):
                    mayRead = !isDrained
                    parser.append(bytes)
                    return true
                case .wouldBlock: mayRead = false
                case .ended: hasEnded = true
                }
                continue
            }
            await signal.wait()
        }
    }

    /// Writes all output; false where the peer is gone or does not read.
    private func flush() async -> Bool {
        var written = 0
        defer { output.removeAll(keepingCapacity: output.capacity <= 65_536) }
        while written < output.count {
            switch socket.write(output, from: written) {
            case .bytes(let count):
                written += count
                if phase == .writing { enter(.writing, for: server.limits.writeTimeout) }
            case .broken: return false
            case .wouldBlock:
                mayWrite = false
                if phase != .writing { enter(.writing, for: server.limits.writeTimeout) }
                while !mayWrite {
                    if isExpired { return false }
                    await signal.wait()
                }
            }
        }
        return true
    }

    /// Says that nothing follows, and throws away what the peer still sends, for a while: closing a socket with unread
    /// input resets the connection, and the peer might lose the answer.
    private func linger() async {
        socket.shutdownWriting()
        if hasEnded { return }
        enter(.lingering, for: server.limits.lingerTimeout)
        var bytesLeft = 1_048_576
        while bytesLeft > 0, !isExpired {
            if mayRead {
                switch server.read(socket) {
                case .bytes(let bytes, let isDrained):
                    bytesLeft -= bytes.count
                    mayRead = !isDrained
                case .wouldBlock: mayRead = false
                case .ended: return
                }
            } else {
                await signal.wait()
            }
        }
    }

    private func enter(_ phase: Phase, for timeout: Duration?) {
        self.phase = phase
        isExpired = false
        deadline = timeout.map { server.now + $0 } ?? .distantFuture
    }
}

extension ContinuousClock.Instant {
    /// Later than any deadline.
    static let distantFuture = ContinuousClock.Instant.now + .seconds(1_000_000_000)
}
