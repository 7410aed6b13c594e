import TestKit
import Testing

/// A worker that dies, and is started again as the same instance.
@Suite("Restart of a worker")
struct WorkerRestartTests {
    @Test(
        "a worker that was killed while it rendered goes on after its restart, before the lease of its last boot ends")
    func restarted() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let id = try tenant.tryOn([garment, garment], quality: "4K").string("id")
        func owner() -> String { stack.sql("SELECT owner FROM cart_tryon_sessions") }
        try await poll("the charge") { owner().contains(":") }
        let boot = String(owner().prefix { $0 != ":" })
        worker.kill()
        // A lease that does not end during this test.
        let held = stack.redis.command(["KEYS", "queue:*:sessions:processing:\(boot)"])
        #expect(stack.redis.command(["LRANGE", held, "0", "-1"]) == id)
        let leases = held.split(separator: ":").prefix(3).joined(separator: ":") + ":leases"
        stack.redis.command(["ZADD", leases, "XX", "9999999999999", boot])
        try worker.start()
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "completed")
        #expect(!owner().hasPrefix(boot))
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "1")
        stack.expectAccountsToBalance()
    }
}
