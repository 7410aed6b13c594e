import Domain
import Platform
import TestKit
import Testing

/// `drapectl audit`: each rule is broken in turn.
@Suite("Audit")
struct AuditTests {
    private static func audit(_ stack: TestStack) -> (code: Int32, output: String) {
        Shell.status("\(TestPlace.products)/drapectl", ["audit"], environment: stack.environment)
    }

    /// A deployment with one session that has ended, one that waits, and one that is charged and waits for its renderer.
    private static func scene() async throws -> (stack: TestStack, tenant: TestTenant, waiting: String, ended: String) {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        try tenant.keepEvents()
        let garment = try tenant.addCatalogue().garment
        let worker = try stack.startWorker()
        let ended = try tenant.tryOn([garment, garment]).string("id")
        try await tenant.waitForEnd(ended)
        worker.kill()
        let waiting = try tenant.tryOn([garment]).string("id")
        return (stack, tenant, waiting, ended)
    }

    @Test("every rule holds on a deployment in use, and while workers are busy")
    func well() async throws {
        let (stack, tenant, _, _) = try await Self.scene()
        #expect(Self.audit(stack).output == "every rule holds")
        let garment = try tenant.addCatalogue(customer: "more").garment
        let workers = [try stack.startWorker(), try stack.startWorker()]
        for _ in 0..<50 { _ = try tenant.tryOn([garment], customer: "more") }
        let busy = Self.audit(stack)
        #expect(busy.code == 0, "\(busy.output)")
        #expect(workers[0].isReady && workers[1].isReady)
    }

    @Test(
        "a rule of the books that does not hold is told with the place",
        arguments: [
            ("UPDATE organizations SET credits = credits + 1", "the balance is the sum of the ledger", "org_"),
            (
                "INSERT INTO credit_ledger (organization_id, reference, kind, amount, session_id, created_at) SELECT "
                    + "organization_id, 'charge:again', 'charge', amount, session_id, NOW(3) FROM credit_ledger "
                    + "WHERE kind = 'charge'", "a session is charged at most once", "cts_"
            ),
            (
                "UPDATE cart_tryon_items SET status = 'failed' WHERE position = 1",
                "an ended session has cost what its completed items cost", "cts_"
            ),
            (
                "UPDATE webhooks SET updated_at = updated_at - INTERVAL 1 HOUR; DELETE FROM webhook_events",
                "an ended session has the event that an endpoint subscribes to", "cts_"
            ),
            (
                "INSERT INTO credit_ledger (organization_id, reference, kind, amount, session_id, created_at) SELECT "
                    + "id, 'charge:nothing', 'charge', -1, 'cts_nothing', NOW(3) FROM organizations",
                "a charge belongs to a session", "charge:nothing"
            ),
            (
                "INSERT INTO credit_ledger (organization_id, reference, kind, amount, session_id, item_id, created_at) "
                    + "SELECT organization_id, CONCAT('refund:', n), 'refund', 1, session_id, id, NOW(3) "
                    + "FROM cart_tryon_items JOIN (SELECT 1 AS n UNION SELECT 2) twice WHERE position = 1",
                "an item is refunded at most once", "itm_"
            ),
            (
                "ALTER TABLE webhook_events DROP INDEX webhook_events_subject; "
                    + "CREATE TEMPORARY TABLE one SELECT * FROM webhook_events LIMIT 1; UPDATE one SET id = 'evt_again'; "
                    + "INSERT INTO webhook_events SELECT * FROM one", "a subject has one event of a type", "cts_"
            ),
            (
                "ALTER TABLE webhook_deliveries DROP INDEX webhook_deliveries_event; "
                    + "CREATE TEMPORARY TABLE one SELECT * FROM webhook_deliveries LIMIT 1; "
                    + "UPDATE one SET id = 'dlv_again'; INSERT INTO webhook_deliveries SELECT * FROM one",
                "an event has one delivery for an endpoint", "evt_"
            ),
            (
                "UPDATE cart_tryon_sessions SET status = 'processing'", "an open session is in Redis", "cts_"
            ),
        ])
    func books(statement: String, rule: String, place: String) async throws {
        let (stack, _, _, _) = try await Self.scene()
        _ = stack.sql(statement)
        let result = Self.audit(stack)
        #expect(result.code == 1)
        #expect(result.output.contains(rule) && result.output.contains(place), "\(result.output)")
    }

    @Test("a rule of the queues that does not hold is told with the place", arguments: 0..<10)
    func queues(number: Int) async throws {
        let (stack, tenant, waiting, ended) = try await Self.scene()
        let keys = RedisKeys(shardCount: 16)
        let organization = try #require(OrganizationID(tenant.organizationID))
        let shard = keys.shard(of: organization)
        let queue = keys.queue(.sessions, shard: shard)
        let lane = keys.lane(.sessions, shard: shard, tenant.organizationID)
        let cases: [(command: [String], rule: String)] = [
            (["LPUSH", lane, waiting], "a job is in exactly one place"),
            (["LPUSH", keys.lane(.burial, shard: shard, "x"), waiting], "a job is in exactly one place"),
            (["DEL", lane], "a job is in exactly one place"),
            (["DEL", queue + ":ringed", queue + ":ring"], "a lane with work is in the ring, parked or paused"),
            (["HSET", queue + ":inflight", "x", "3"], "the weight in flight is that of the held jobs"),
            (["HSET", keys.credits(organization), "held", "5"], "held is the sum of the holds"),
            (
                ["HSET", keys.job(.sessions, shard: shard, ended), "lane", "x", "weight", "1"],
                "an ended session is not in Redis"
            ),
            (["HSET", keys.credits(OrganizationID(value: 7)), "held", "500"], "held is the sum of the holds"),
            (["LPUSH", queue + ":processing:gone", "x"], "a worker that holds jobs has a lease"),
            (["HSET", keys.holds(organization), "cts_none", "2"], "a hold has its session"),
        ]
        stack.redis.command(cases[number].command)
        let result = Self.audit(stack)
        #expect(result.code == 1)
        #expect(result.output.contains(cases[number].rule), "\(result.output)")
    }
}
