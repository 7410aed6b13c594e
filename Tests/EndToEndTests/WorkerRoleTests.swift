import TestKit
import Testing

/// Workers that do a part of the work each.
@Suite("Roles of workers")
struct WorkerRoleTests {
    @Test("each role does its part alone, and after a FLUSHALL the maintenance brings back what MariaDB knows")
    func roles() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url()).status == 201)
        let garment = try tenant.addCatalogue().garment
        let sessions = try stack.startWorker(["DRAPE_WORKER_ROLES": "sessions"])
        let id = try tenant.tryOn([garment]).string("id")
        try await tenant.waitForEnd(id)
        #expect(try sessions.client.get("/metrics").description.contains("drape_deliveries_claimed_total 0"))
        #expect(stack.sql("SELECT status FROM webhook_deliveries") == "pending")
        stack.redis.command(["FLUSHALL"])
        let webhooks = try stack.startWorker(["DRAPE_WORKER_ROLES": "webhooks"])
        let maintenance = try stack.startWorker(["DRAPE_WORKER_ROLES": " maintenance "])
        try await poll("the delivery") { stack.sql("SELECT status FROM webhook_deliveries") == "delivered" }
        #expect(receiver.received.count == 1)
        #expect(webhooks.isReady && maintenance.isReady)
    }

    @Test("an unknown role is refused with those that are allowed")
    func unknown() throws {
        let stack = try TestStack()
        let environment = stack.environment.merging(["DRAPE_WORKER_ROLES": "sessions,kitchen"]) { $1 }
        let result = Shell.status("\(TestPlace.products)/drape-worker", [], environment: environment)
        #expect(result.code == 78)
        #expect(result.output.contains("DRAPE_WORKER_ROLES"))
    }
}
