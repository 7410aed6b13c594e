import Platform
import Synchronization

/// A real HTTP server whose answers a test decides.
package final class TestServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let fields: [String: String]
        package let body: [UInt8]
        /// Method and path.
        package var line: String { "\(method) \(path)" }
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package struct Answer: Sendable {
        package var status: HTTPStatus
        package var body: String

        package init(_ status: HTTPStatus, _ body: String = "") {
            self.status = status
            self.body = body
        }
    }

    package typealias Handler = @Sendable (Request) async -> Answer

    private final class Responder: SimpleHTTPResponder {
        let server: TestServer

        init(_ server: TestServer) {
            self.server = server
        }

        func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy { HTTPBodyPolicy(bytesMax: 64 << 20) }

        func respond(to request: HTTPRequest) async -> HTTPResponse {
            let body: [UInt8]
            switch request.body {
            case .bytes(let bytes): body = bytes
            case .file(let spool): body = (try? spool.contents()) ?? []
            }
            var fields: [String: String] = [:]
            for name in ["authorization", "content-type"] { fields[name] = request.head.headers[text: name] }
            let received = Request(
                method: "\(request.head.method)".uppercased(), path: request.head.path, fields: fields, body: body)
            let answer = await server.received(received)
            return HTTPResponse(answer.status, type: "application/json", body: Array(answer.body.utf8))
        }

        func refuse(_ error: HTTPParseError) -> HTTPResponse { HTTPResponse(error.status) }
    }

    package let port: UInt16
    private let handler: Handler
    private let requests = Mutex<[Request]>([])
    private let thread: LoopThread

    package init(_ handler: @escaping Handler) throws {
        self.handler = handler
        thread = try LoopThread(name: "server")
        let listener = SharedListener(try ListenerHandle(address: .loopback, port: 0))
        port = listener.handle.port
        let loop = thread.loop
        _ = thread.run {
            let server = HTTPServer(
                loop: loop, listener: listener, responder: Responder(self), limits: HTTPLimits(), defaultFields: [],
                statistics: HTTPStatistics(), spoolDirectory: "/tmp")
            try? await server.run()
        }
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    /// What was received, oldest first.
    package var received: [Request] { requests.withLock { $0 } }

    /// The number of requests whose method and path begin with a text.
    package func count(_ prefix: String) -> Int { received.count { $0.line.hasPrefix(prefix) } }

    private func received(_ request: Request) async -> Answer {
        requests.withLock { $0.append(request) }
        return await handler(request)
    }
}
