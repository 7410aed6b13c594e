import Testing

@testable import Platform

/// Echoes the path and the body of each request; some paths answer with large bodies, files and streams.
final class EchoResponder: SimpleHTTPResponder, Sendable {
    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy { HTTPBodyPolicy(bytesMax: 200_000) }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let body: [UInt8]
        switch request.body {
        case .bytes(let bytes): body = bytes
        case .file(let spool): body = (try? spool.contents()) ?? []
        }
        switch request.head.path {
        case "/big": return HTTPResponse(.ok, type: "text/plain", body: [UInt8](repeating: 0x61, count: 48_000_000))
        case "/file":
            return (try? ReadableFile(path: file)).map { HTTPResponse(.ok, body: .file(FilePart($0))) }
                ?? HTTPResponse(.notFound)
        case "/stream": return HTTPResponse(.ok, body: .stream(stream(of: 3)))
        case "/broken": return HTTPResponse(.ok, body: .stream(stream(of: 3, fails: true)))
        case "/endless": return HTTPResponse(.ok, body: .stream(stream(of: .max)))
        default: break
        }
        return HTTPResponse(.ok, type: "text/plain", body: Array(request.head.path.utf8) + body)
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse {
        HTTPResponse(error.status, type: "text/plain", body: Array(error.detail.utf8))
    }

    /// The file that `/file` is served from.
    let file: String
    /// How many pieces of streams were asked for.
    let pieces = Counter()

    init(file: String = "") {
        self.file = file
    }

    /// A stream of `count` pieces of 100,000 bytes.
    private func stream(of count: Int, fails: Bool = false) -> HTTPBodyStream {
        let (pieces, served) = (self.pieces, Counter())
        return HTTPBodyStream {
            guard served.value < count else { return fails ? .failed : .end }
            served.add(1)
            pieces.add(1)
            return .bytes([UInt8](repeating: 0x62, count: 100_000))
        }
    }
}

/// A server on a free port that echoes what it received.
enum EchoServer {
    /// Starts a server, calls `body` with its port, and drains the server.
    static func serve(
        _ limits: HTTPLimits = HTTPLimits(), echo: EchoResponder = EchoResponder(),
        _ body: @Sendable (UInt16, LoopThread, Serving) async throws -> Void
    ) async throws {
        let thread = try LoopThread(name: "http")
        let listener = SharedListener(try ListenerHandle(address: .loopback, port: 0))
        let statistics = HTTPStatistics()
        let server = await thread.run {
            LoopBound(
                HTTPServer(
                    loop: thread.loop, listener: listener, responder: echo, limits: limits, defaultFields: [],
                    statistics: statistics, spoolDirectory: "/tmp"), on: thread.loop)
        }.value
        let running = thread.run { try? await server.value.run() }
        try await body(listener.handle.port, thread, Serving(server: server, statistics: statistics))
        await thread.run { server.value.drain() }.value
        await running.value
        #expect(statistics.connections.value == 0)
        thread.stop()
    }

    struct Serving: Sendable {
        let server: LoopBound<HTTPServer>
        let statistics: HTTPStatistics
    }
}
