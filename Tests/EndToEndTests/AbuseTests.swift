import Foundation
import Platform
import TestKit
import Testing

/// Abuse by clients and failures of stores: each ends in a clear answer or a closed connection.
@Suite("Abuse")
struct AbuseTests {
    private static func expectSanity(_ stack: TestStack) async throws {
        // Each loop reconnects to a store by itself.
        try await poll("health") { try stack.client.get("/health").status == 200 }
        #expect(!stack.ingressOutput.contains(#""status":500"#), "an internal error was answered")
    }

    @Test("garbage on the port is refused or dropped, and nothing of it is answered with a success")
    func garbage() async throws {
        let stack = try TestStack()
        var random = SeededGenerator(state: 5)
        let openings = [
            "", "GET ", "POST /api/v1/cart-tryons HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n", "\u{16}\u{3}\u{1}",
        ]
        for index in 0..<200 {
            let client = try TestSocket(port: stack.port)
            let count = Int.random(in: 1...2_000, using: &random)
            client.send(openings[index % openings.count])
            client.send(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
            client.finishSending()
            let answer = client.readToEnd()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 5"), "\(answer)")
            #expect(!answer.hasPrefix("HTTP/1.1 500"))
        }
        try await Self.expectSanity(stack)
    }

    @Test("idle connections up to the limit do not keep others out for long, and busy ones go on")
    func idleConnections() async throws {
        _ = OpenFiles.raiseLimit()
        let stack = try TestStack(environment: ["DRAPE_CONNECTIONS_MAX": "2000"])
        let tenant = try stack.makeTenant()
        let busy = try TestSocket(port: stack.port)
        func ask() -> String {
            busy.send("GET /api/v1/credits HTTP/1.1\r\nHost: x\r\nX-API-Key: \(tenant.key)\r\n\r\n")
            return busy.read(until: "}")
        }
        #expect(ask().hasPrefix("HTTP/1.1 200"))
        // More than the ingress accepts: the rest waits in the kernel's accept queue.
        var idle: [TestSocket] = []
        while idle.count < 2_100 {
            idle.append(try TestSocket(port: stack.port))
            // A connection that keeps sending requests is not idle.
            if idle.count.isMultiple(of: 100) { #expect(ask().hasPrefix("HTTP/1.1 200")) }
        }
        // Idle connections are closed in favour of one that sends a request.
        #expect(try stack.client.get("/health").status == 200)
        idle.removeAll()
        try await poll("room for others") { try stack.client.get("/health").status == 200 }
        try await Self.expectSanity(stack)
    }

    @Test("a full Redis refuses sessions for now, charges nothing, and is emptied by the workers")
    func fullRedis() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let catalogue = try tenant.addCatalogue()
        let first = try tenant.tryOn([catalogue.garment])
        #expect(first.status == 201)
        stack.redis.command(["CONFIG", "SET", "maxmemory", "1"])
        let refused = try tenant.tryOn([catalogue.garment])
        #expect(refused.status == 503)
        #expect(refused.string("code") == "store_unavailable")
        #expect(refused["retryable"]?.boolean == true)
        #expect(refused.fields["retry-after"] != nil)
        // Reads still succeed, and the queue drains.
        #expect(try tenant.client.get("/api/v1/credits").integer("held") == 1)
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(first.string("id"))
        try await poll("the settled hold") { try tenant.client.get("/api/v1/credits").integer("held") == 0 }
        stack.redis.command(["CONFIG", "SET", "maxmemory", "0"])
        #expect(try tenant.tryOn([catalogue.garment]).status == 201)
        #expect(!worker.log.contains(#""level":"error""#))
        stack.expectAccountsToBalance()
        try await Self.expectSanity(stack)
    }

    @Test("without MariaDB what Redis knows is still accepted, other requests get 503, and nothing is lost")
    func withoutMariaDB() async throws {
        let mariadb = try MariaDBServer()
        // One loop, because each loop has its own cache of keys.
        let stack = try TestStack(mariadb: mariadb, environment: ["DRAPE_LOOPS": "1"])
        let tenant = try stack.makeTenant(credits: 100)
        let catalogue = try tenant.addCatalogue()
        let worker = try stack.startWorker()
        #expect(try tenant.tryOn([catalogue.garment]).status == 201)
        mariadb.kill()
        let accepted = try tenant.tryOn([catalogue.garment])
        #expect(accepted.status == 201)
        let unknown = try tenant.tryOn([catalogue.garment], customer: "somebody else")
        #expect(unknown.status == 503)
        #expect(unknown.string("code") == "store_unavailable")
        #expect(try tenant.client.get("/api/v1/customers").status == 503)
        #expect(try stack.client.get("/health").status == 503)
        #expect(try stack.client.get("/health/live").status == 200)
        try mariadb.start()
        try await tenant.waitForEnd(accepted.string("id"))
        #expect(try tenant.status(accepted.string("id")) == "completed")
        #expect(!worker.log.contains(#""level":"error""#))
        stack.expectAccountsToBalance()
        try await poll("health") { try stack.client.get("/health").status == 200 }
        try await Self.expectSanity(stack)
    }

    @Test("without Redis requests with a key get 503, and are served when it is back")
    func withoutRedis() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let catalogue = try tenant.addCatalogue()
        #expect(try tenant.tryOn([catalogue.garment]).status == 201)
        stack.redis.kill()
        let refused = try tenant.tryOn([catalogue.garment])
        #expect(refused.status == 503)
        #expect(["store_unavailable", "acceptance_unknown"].contains(refused.string("code")))
        try stack.redis.start()
        try await poll("an acceptance") { try tenant.tryOn([catalogue.garment]).status == 201 }
        try await Self.expectSanity(stack)
    }
}
