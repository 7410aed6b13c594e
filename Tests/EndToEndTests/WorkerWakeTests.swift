import TestKit
import Testing

/// The wake-up of a real worker.
@Suite("Waking a worker")
struct WorkerWakeTests {
    @Test("a session that is accepted while the worker waits begins before the next tick of its shard")
    func woken() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garment = try tenant.addCatalogue().garment
        let worker = try stack.startWorker()
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        let shard = stack.redis.command(["KEYS", "credits:*"]).split(separator: ":")[1]
        // Each tick of the shard writes its time, and finds work without a wake-up.
        func lastTick() -> String { stack.redis.command(["GET", "queue:\(shard):sessions:pulse"]) }
        // A worker waits after it has tried this place and found nothing.
        func isWaiting() -> Bool { stack.redis.command(["SCARD", "waiters:\(shard):sessions"]) == "1" }
        for _ in 0..<5 {
            try await poll("a worker that waits") { isWaiting() && lastTick() != "" }
            let earlier = lastTick()
            try await poll("a tick") { lastTick() != earlier && isWaiting() }
            let tick = lastTick()
            let id = try tenant.tryOn([garment]).string("id")
            try await tenant.waitForEnd(id)
            // A slow machine may let a tick pass; then it is tried again.
            if lastTick() == tick {
                #expect(worker.isReady)
                return
            }
        }
        Issue.record("every session has waited for a tick")
    }
}
