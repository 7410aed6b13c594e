import Platform
import Testing

@testable import Worker

@Suite("Health of a worker")
struct OperationsResponderTests {
    /// The status and the body of a GET.
    private static func get(
        _ path: String, isReachable: Bool = true, isStopping: Bool = false
    ) async throws -> (status: HTTPStatus, text: String) {
        let responder = OperationsResponder(
            health: Health(
                checks: [Health.Check("redis") { isReachable }], liveWord: "ok", readyWord: "ok",
                isStopping: { isStopping }),
            metrics: { MetricsText() })
        var parser = HTTPRequestParser(limits: HTTPLimits())
        parser.append(Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)[...])
        guard case .head(let head)? = try parser.next() else {
            Issue.record("no head")
            return (.notFound, "")
        }
        let peer = try #require(SocketAddress("127.0.0.1"))
        let response = await responder.respond(to: HTTPRequest(head: head, body: .bytes([]), peer: peer))
        return (response.status, String(decoding: response.body.bytes, as: UTF8.self))
    }

    @Test("a healthy worker answers ok", arguments: ["/health", "/health/ready", "/health/live"])
    func well(path: String) async throws {
        let answer = try await Self.get(path)
        #expect(answer.status == .ok)
        #expect(answer.text.contains(#""status":"ok""#))
    }

    @Test("a worker that is stopping, or cannot reach a store, is not ready", arguments: ["/health", "/health/ready"])
    func notReady(path: String) async throws {
        let stopping = try await Self.get(path, isStopping: true)
        #expect(stopping.status == .serviceUnavailable)
        #expect(stopping.text.contains(#""status":"not ready""#))
        let failing = try await Self.get(path, isReachable: false)
        #expect(failing.status == .serviceUnavailable)
        #expect(failing.text.contains(#""redis":"failing""#))
    }

    @Test("a worker that is stopping, or cannot reach a store, is alive")
    func alive() async throws {
        #expect(try await Self.get("/health/live", isReachable: false, isStopping: true).status == .ok)
    }
}
