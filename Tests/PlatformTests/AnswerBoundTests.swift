import Synchronization
import TestKit
import Testing

@testable import Platform

/// Answers of hosts that send too much, or too slowly.
@Suite("Bounds of answers")
struct AnswerBoundTests {
    private static func send(
        to peer: TestPeer, _ change: @escaping @Sendable (inout HTTPClientRequest) -> Void
    ) async throws -> Result<HTTPClientResponse, HTTPClientError> {
        let loopback = try #require(AddressRange("127.0.0.0/8"))
        let thread = try LoopThread(name: "client")
        defer { thread.stop() }
        let port = peer.port
        return await thread.run {
            let client = HTTPClient(
                loop: thread.loop, policy: AddressPolicy(allowed: [loopback]),
                resolver: HostResolver(loop: thread.loop))
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/", method: .get, bytesMax: 1_000)
            request.allowsHTTP = true
            request.isCutAllowed = true
            change(&request)
            return await client.send(request)
        }.value
    }

    /// Sends a head, then a byte at a time until the other end is gone.
    private static func drip(_ client: TestSocket, _ head: String) {
        _ = client.read(until: "\r\n\r\n")
        client.send(head)
        while client.send("x") {}
    }

    @Test("an answer that goes on for ever is cut at its bound, and the connection is closed at once")
    func cut() async throws {
        let isClosed = Mutex(false)
        let peer = try TestPeer { client, _ in
            Self.drip(client, "HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "y", count: 1_000))")
            isClosed.withLock { $0 = true }
        }
        // The time of the request is far longer than the test may take.
        let answer = try await Self.send(to: peer) { $0.timeout = .seconds(3_600) }
        let found = try answer.get()
        #expect(found.status == 200 && found.body.count == 1_000)
        try await poll("the end of the connection") { isClosed.withLock { $0 } }
    }

    @Test("an answer that comes a byte at a time ends with the time of the request")
    func slow() async throws {
        let peer = try TestPeer { client, _ in
            Self.drip(client, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        }
        let answer = try await Self.send(to: peer) { request in
            request.timeout = .milliseconds(300)
            request.bytesMax = 1 << 30
        }
        guard case .failure(let error) = answer else {
            Issue.record("an answer without an end has ended")
            return
        }
        #expect(error.cause == .host)
    }
}
