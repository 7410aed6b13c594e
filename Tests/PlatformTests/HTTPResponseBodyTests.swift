import Foundation
import TestKit
import Testing

@testable import Platform

/// Files and streams as bodies, and clients that read them slowly.
@Suite("Bodies of responses")
struct HTTPResponseBodyTests {
    @Test("a file is sent whole, and HEAD and the next request on the connection are not disturbed by it")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "drape-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        try bytes.write(to: URL(filePath: path))
        try await EchoServer.serve(echo: EchoResponder(file: path)) { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("HEAD /file HTTP/1.1\r\nHost: x\r\n\r\nGET /file HTTP/1.1\r\nHost: x\r\n\r\n")
            client.send("GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let all = Data(client.readAll())
            #expect(all.range(of: Data("Content-Length: 3000000\r\n".utf8)) != nil)
            #expect(all.range(of: bytes) != nil)
            #expect(all.suffix(5) == Data("/next".utf8))
        }
    }

    @Test("a stream is sent in chunks over HTTP/1.1, and ended by the close over HTTP/1.0")
    func stream() async throws {
        try await EchoServer.serve { port, _, _ in
            let piece = String(repeating: "b", count: 100_000)
            let client = try TestSocket(port: port)
            client.send(
                "GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.contains("Transfer-Encoding: chunked\r\n"))
            #expect(!text.prefix(300).contains("Content-Length"))
            #expect(text.contains(String(repeating: "186a0\r\n\(piece)\r\n", count: 3) + "0\r\n\r\nHTTP/1.1 200 OK"))
            #expect(text.hasSuffix("/next"))
            let old = try TestSocket(port: port)
            old.send("GET /stream HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
            let plain = old.readToEnd()
            #expect(!plain.contains("Transfer-Encoding"))
            #expect(plain.contains("Connection: close"))
            #expect(plain.hasSuffix("\r\n\r\n" + String(repeating: piece, count: 3)))
        }
    }

    @Test("a stream that fails is closed without its last chunk")
    func brokenStream() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("b\r\n"))
        }
    }

    @Test("a client that does not read stops its stream, and is disconnected in the end")
    func slowReader() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(400)
        let echo = EchoResponder()
        try await EchoServer.serve(limits, echo: echo) { port, _, serving in
            let client = try TestSocket(port: port)
            client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            try await poll { serving.statistics.connections.value == 1 && echo.pieces.value > 0 }
            try await poll { serving.statistics.connections.value == 0 }
            // What the kernel's buffers take, and no more: 100 pieces are 10 MB.
            #expect(echo.pieces.value < 100)
            _ = client
        }
    }

    @Test("a client that reads only now and then falls below the least rate, and is disconnected")
    func trickle() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(600)
        limits.responseBytesPerSecondMin = 1_000_000_000
        try await EchoServer.serve(limits) { port, _, serving in
            let client = try TestSocket(port: port)
            client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            try await poll { serving.statistics.connections.value == 1 }
            // Each read makes progress before `writeTimeout`, so only the rate can end the connection.
            try await poll {
                _ = client.read(upTo: 65_536)
                return serving.statistics.connections.value == 0
            }
        }
    }
}
