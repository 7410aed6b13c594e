import Foundation
import Platform
import Synchronization

/// A real webhook endpoint that records its requests, and answers as configured.
package final class TestReceiver: Sendable {
    /// One request as received.
    package struct Received: Sendable {
        package let path: String
        package let fields: [String: String]
        package let body: [UInt8]
    }

    private struct State {
        var received: [Received] = []
        /// Answers to the next requests, in order; after them 200.
        var answers: [(status: HTTPStatus, fields: [(StaticString, String)])] = []
    }

    private final class Responder: SimpleHTTPResponder {
        let receiver: TestReceiver

        init(_ receiver: TestReceiver) {
            self.receiver = receiver
        }

        func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy { HTTPBodyPolicy(bytesMax: 1 << 20) }

        func respond(to request: HTTPRequest) async -> HTTPResponse {
            let body = if case .bytes(let bytes) = request.body { bytes } else { [UInt8]() }
            var fields: [String: String] = [:]
            for name in TestReceiver.names { fields[name] = request.head.headers[text: name] }
            let received = Received(path: request.head.path, fields: fields, body: body)
            let answer = receiver.state.withLock { state in
                state.received.append(received)
                return state.answers.isEmpty ? (HTTPStatus.ok, []) : state.answers.removeFirst()
            }
            var response = HTTPResponse(answer.0)
            for (name, value) in answer.1 { response.set(name, value) }
            return response
        }

        func refuse(_ error: HTTPParseError) -> HTTPResponse { HTTPResponse(error.status) }
    }

    static let names = [
        "content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-event",
        "x-webhook-delivery-id", "x-webhook-attempt", "x-webhook-signature", "traceparent", "authorization", "x-shop",
    ]
    package let port: UInt16
    private let state = Mutex(State())
    private let thread: LoopThread

    package init() throws {
        thread = try LoopThread(name: "receiver")
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

    package func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    package var received: [Received] { state.withLock { $0.received } }

    /// Enqueues the answer to one request.
    package func answer(_ status: HTTPStatus, _ fields: [(StaticString, String)] = []) {
        state.withLock { $0.answers.append((status, fields)) }
    }
}
