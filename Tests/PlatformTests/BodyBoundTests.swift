import TestKit
import Testing

@testable import Platform

/// The bound of all large bodies that a process receives at the same time.
@Suite("Bound of large bodies")
struct BodyBoundTests {
    private static let head = "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 150000\r\n\r\n"

    private static func part(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: count) }

    @Test("a large body that would exceed the bound of the process gets 503, and the others go on")
    func bound() async throws {
        var limits = HTTPLimits()
        limits.spoolBytesMax = 200_000
        try await EchoServer.serve(limits) { port, _, serving in
            let first = try TestSocket(port: port)
            first.send(Self.head)
            first.send(bytes: Self.part(120_000))
            try await poll("a body in a file") { serving.statistics.spoolBytes.value == 120_000 }
            let second = try TestSocket(port: port)
            second.send(Self.head)
            second.send(bytes: Self.part(150_000))
            #expect(second.readToEnd().hasPrefix("HTTP/1.1 503 "))
            // A small body needs no file.
            let small = try TestSocket(port: port)
            small.send("POST /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            #expect(small.readToEnd().hasSuffix("/bok"))
            first.send(bytes: Self.part(30_000))
            #expect(first.readToEnd().hasPrefix("HTTP/1.1 200 "))
            try await poll("no body in a file") { serving.statistics.spoolBytes.value == 0 }
            let third = try TestSocket(port: port)
            third.send(Self.head)
            third.send(bytes: Self.part(150_000))
            #expect(third.readToEnd().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("a large body whose client goes away gives its room back")
    func abandoned() async throws {
        try await EchoServer.serve { port, _, serving in
            var client: TestSocket? = try TestSocket(port: port)
            client?.send(Self.head)
            client?.send(bytes: Self.part(120_000))
            try await poll("a body in a file") { serving.statistics.spoolBytes.value == 120_000 }
            client = nil
            try await poll("no body in a file") { serving.statistics.spoolBytes.value == 0 }
        }
    }

    @Test("a body of the largest length is taken, and a byte more is refused", arguments: [200_000, 200_001])
    func length(count: Int) async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send(String(count, radix: 16) + "\r\n")
            client.send(bytes: Self.part(count))
            client.send("\r\n0\r\n\r\n")
            #expect(client.readToEnd().hasPrefix(count > 200_000 ? "HTTP/1.1 413 " : "HTTP/1.1 200 "))
        }
    }
}
