import Foundation
import TestKit
import Testing

@testable import Platform

/// A server on a free port that echoes what it received, tested through real sockets.
@Suite("The HTTP server")
struct HTTPServerTests {
    @Test("requests on one connection are answered in order, pipelined or not")
    func pipelining() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            client.send("POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            let text = client.readToEnd()
            #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
            #expect(text.contains("\r\n\r\n/1HTTP/1.1"))
            #expect(text.hasSuffix("/3ok"))
            #expect(text.contains("Connection: close"))
        }
    }

    @Test("HEAD has the fields of the body without the body")
    func head() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.contains("Content-Length: 4\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("a client that waits for 100 Continue gets it; one whose body is too large gets 413 at once")
    func expectation() async throws {
        try await EchoServer.serve { port, _, _ in
            let waiting = try TestSocket(port: port)
            waiting.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            #expect(waiting.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue"))
            waiting.send("abc")
            #expect(waiting.read(until: "/aabc").contains("200 OK"))
            let large = try TestSocket(port: port)
            large.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 200001\r\n\r\n")
            #expect(large.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a large body takes the way through a file, by length and by chunks", arguments: [true, false])
    func largeBody(chunked: Bool) async throws {
        try await EchoServer.serve { port, _, _ in
            let body = String(repeating: "0123456789", count: 15_000)
            let client = try TestSocket(port: port)
            if chunked {
                client.send("POST /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
                client.send(String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n")
            } else {
                client.send("POST /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 150000\r\n\r\n" + body)
            }
            #expect(client.readToEnd().hasSuffix("/b" + body))
        }
    }

    @Test("a chunked body beyond the bound is refused while it comes")
    func endlessChunks() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("40000\r\n" + String(repeating: "x", count: 0x40000))
            #expect(client.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("garbage gets 400 and the end of the connection")
    func garbage() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("\u{16}\u{3}\u{1}\0\u{1}garbage\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.components(separatedBy: "HTTP/1.1 ").count == 2)
        }
    }

    @Test("slow headers and slow bodies end in 408, an idle connection in silence")
    func slow() async throws {
        var limits = HTTPLimits()
        limits.headTimeout = .milliseconds(300)
        limits.bodyTimeout = .milliseconds(300)
        limits.idleTimeout = .milliseconds(300)
        try await EchoServer.serve(limits) { port, _, _ in
            let head = try TestSocket(port: port)
            head.send("GET / HTTP/1.1\r\nHos")
            let body = try TestSocket(port: port)
            body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
            let idle = try TestSocket(port: port)
            #expect(head.readToEnd().hasPrefix("HTTP/1.1 408 "))
            #expect(body.readToEnd().hasPrefix("HTTP/1.1 408 "))
            #expect(idle.readToEnd() == "")
        }
    }

    @Test("a client that does not read its answer is dropped, and a slow one gets all of it")
    func slowReader() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().utf8.count > 48_000_000)
        }
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(300)
        try await EchoServer.serve(limits) { port, _, serving in
            let client = try TestSocket(port: port)
            client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            try await poll { serving.statistics.responses(class: 2) == 1 }
            try await poll { serving.statistics.connections.value == 0 }
            #expect(client.readToEnd().utf8.count < 48_000_000)
        }
    }

    @Test("beyond the bound connections wait, and idle ones make room")
    func pressure() async throws {
        var limits = HTTPLimits()
        limits.connectionsMax = 4
        limits.idleTimeoutUnderPressure = .milliseconds(300)
        try await EchoServer.serve(limits) { port, _, _ in
            let idle = try (0..<8).map { _ in try TestSocket(port: port) }
            let client = try TestSocket(port: port)
            client.send("GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("/late"))
            #expect(idle.count == 8)
        }
    }

    @Test("a draining server answers what is under way, ends idle connections, and takes no more")
    func drain() async throws {
        try await EchoServer.serve { port, thread, serving in
            let busy = try TestSocket(port: port)
            busy.send("POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
            let idle = try TestSocket(port: port)
            idle.send("GET /idle HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(idle.read(until: "/idle").contains("200"))
            try await poll { serving.statistics.connections.value == 2 }
            await thread.run { serving.server.value.drain() }.value
            #expect(idle.readToEnd() == "")
            busy.send("cd")
            let text = busy.readToEnd()
            #expect(text.contains("Connection: close"))
            #expect(text.hasSuffix("/busyabcd"))
        }
    }

    @Test("a peer that closes directly after its request is seen to have closed")
    func dataAndEnd() async throws {
        try await EchoServer.serve { port, _, serving in
            for _ in 0..<100 {
                let client = try TestSocket(port: port)
                client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                client.finishSending()
                #expect(client.readToEnd().hasSuffix("/a"))
            }
            try await poll { serving.statistics.connections.value == 0 }
        }
    }

    @Test("a body that is cut short ends its connection at once")
    func cutBody() async throws {
        try await EchoServer.serve { port, _, serving in
            let client = try TestSocket(port: port)
            client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            client.finishSending()
            #expect(client.readToEnd() == "")
            try await poll { serving.statistics.connections.value == 0 }
        }
    }

    @Test("HEAD has no body even where it is refused")
    func refusedHead() async throws {
        try await EchoServer.serve { port, _, _ in
            let client = try TestSocket(port: port)
            client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 413 "))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("under pressure a newcomer has time to ask")
    func newcomer() async throws {
        var limits = HTTPLimits()
        limits.connectionsMax = 4
        limits.idleTimeoutUnderPressure = .seconds(60)
        try await EchoServer.serve(limits) { port, _, serving in
            let clients = try (0..<4).map { _ in try TestSocket(port: port) }
            try await poll { serving.statistics.connections.value == 4 }
            try await Task.sleep(for: .milliseconds(800))
            clients[3].send("GET /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(clients[3].readToEnd().hasSuffix("/late"))
        }
    }
}
