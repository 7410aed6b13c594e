import Foundation
import TestKit
import Testing

/// A worker that was paused while another one ended its session.
@Suite("Sessions of a paused worker")
struct StaysEndedTests {
    @Test("a session that has ended stays ended, although the worker that lost it still renders it")
    func staysEnded() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let environment = ["DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "32"]
        let paused = try stack.startWorker(environment)
        let id = try tenant.tryOn([String](repeating: garment, count: 10), quality: "4K").string("id")
        try await poll("the charge") { stack.sql("SELECT owner FROM cart_tryon_sessions").contains(":") }
        try paused.signal(SIGSTOP)
        let boot = String(stack.sql("SELECT owner FROM cart_tryon_sessions").prefix { $0 != ":" })
        for leases in stack.redis.command(["KEYS", "queue:*:leases"]).split(separator: "\n") {
            stack.redis.command(["ZADD", String(leases), "XX", "1", boot])
        }
        // This worker renders nothing, so it is quick.
        let other = try stack.startWorker()
        try await tenant.waitForEnd(id)
        other.kill()
        try paused.signal(SIGCONT)
        var seen: [String] = []
        try await poll("the fence", within: .seconds(60)) {
            let status = try tenant.status(id)
            if seen.last != status { seen.append(status) }
            return try paused.client.get("/metrics").text.contains("drape_sessions_fenced_total 1\n")
        }
        #expect(seen == ["completed"])
    }
}
