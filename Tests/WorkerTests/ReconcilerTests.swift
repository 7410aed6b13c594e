import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// A Redis that has lost or spoilt what MariaDB knows.
@Suite("Reconciler")
struct ReconcilerTests {
    private let bench: HandlerBench
    private let renderer = ScriptedRenderer()
    private let runner: TryOnRunner

    private init(_ bench: HandlerBench) {
        self.bench = bench
        runner = bench.runner(renderer)
    }

    private func reconcile(isTrial: Bool = false, withAccounts: Bool = true) async throws -> Reconciliation {
        let reconciler = Reconciler(
            redis: bench.queue.redis, mysql: bench.mysql, isTrial: isTrial)
        return try await reconciler.run(withAccounts: withAccounts).get()
    }

    /// Reconciles, and checks one of the counts.
    private func expect(
        _ count: (Reconciliation) -> Int, _ expected: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await reconcile()
        #expect(count(found) == expected, sourceLocation: sourceLocation)
    }

    private func accept(_ tenant: TestTenant) throws -> String {
        let garment = try tenant.addCatalogue().garment
        return try tenant.tryOn([garment, garment]).string("id")
    }

    /// Writes the row of a waiting session, as a journal would.
    private func journal(_ tenant: TestTenant, environment: String = "live") throws -> String {
        let garment = try tenant.addCatalogue(customer: "journal").garment
        let photo = bench.stack.sql("SELECT MAX(id) FROM photos WHERE organization_id = '\(tenant.organizationID)'")
        var random = SystemRandomSource()
        let id = SessionID(at: bench.clock.now(), random: &random)
        _ = bench.stack.sql(
            """
            INSERT INTO cart_tryon_sessions (id, organization_id, environment, api_key_id, customer_id, photo_id, quality,
                status, cost_credits, metadata, request_id, created_at)
            VALUES ('\(id)', '\(tenant.organizationID)', '\(environment)', '\(tenant.keyID)', 'journal', '\(photo)', 'HD',
                'queued', 0, '{"a":"b"}', 'r', NOW(3));
            INSERT INTO cart_tryon_items (id, session_id, organization_id, position, sku, garment_id, category,
                price_credits, status)
            VALUES ('\(TryOnJob.itemID(id, 0))', '\(id)', '\(tenant.organizationID)', 0, 'S', '\(garment)', 'top', 2,
                'queued')
            """)
        return id.description
    }

    private var redis: RedisServer { bench.stack.redis }

    private var credits: String { redis.command(["KEYS", "credits:*"]) }

    @Test("after a FLUSHALL a charged session and a pending delivery are back, and the session is charged once")
    static func flushed() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            #expect(try bench.tenant.hook("http://127.0.0.1:9999/hook").status == 201)
            let first = try tests.accept(bench.tenant)
            await tests.runner.run(try #require(try await bench.claim(.sessions).first))
            let second = try tests.accept(bench.tenant)
            tests.renderer.answers = [.failure(.busy)]
            await tests.runner.run(try #require(try await bench.claim(.sessions).first))
            tests.redis.command(["FLUSHALL"])
            let trial = try await tests.reconcile(isTrial: true)
            #expect(trial.sessionsRestored == 1 && trial.deliveriesRestored == 1)
            #expect(tests.redis.command(["DBSIZE"]) == "0")
            let found = try await tests.reconcile()
            #expect(found.sessionsRestored == 1 && found.deliveriesRestored == 1)
            try await tests.expect({ $0.repairs }, 0)
            let claim = try #require(try await bench.claim(.sessions).first)
            #expect(claim.id == second)
            await tests.runner.run(claim)
            #expect(try bench.tenant.status(first) == "completed")
            #expect(try bench.tenant.status(second) == "completed")
            #expect(bench.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "2")
            let deliveries = try await bench.claim(.webhooks)
            #expect(deliveries.count == 2)
            bench.stack.expectAccountsToBalance()
        }
    }

    @Test(
        "a waiting session that only MariaDB knows is enqueued with its hold, and charged; a test key's holds nothing")
    static func queued() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let id = try tests.journal(bench.tenant)
            #expect(try bench.tenant.client.get("/api/v1/credits").status == 200)
            try await tests.expect({ $0.sessionsRestored }, 1)
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "2")
            try await tests.expect({ $0.repairs }, 0)
            await tests.runner.run(try #require(try await bench.claim(.sessions).first))
            #expect(try bench.tenant.status(id) == "completed")
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "0")
            #expect(tests.renderer.rendered.map(\.sku) == ["S"])
            _ = try tests.journal(bench.tenant, environment: "test")
            try await tests.expect({ $0.sessionsRestored }, 1)
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "0")
            bench.stack.expectAccountsToBalance()
        }
    }

    @Test("holds without a session go, the total of holds becomes their sum, and a trial only counts them")
    static func holds() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let waiting = try tests.accept(bench.tenant)
            let holds = tests.redis.command(["KEYS", "holds:*"])
            tests.redis.command(["HSET", holds, "cts_gone", "7"])
            tests.redis.command(["HSET", tests.credits, "held", "50"])
            let trial = try await tests.reconcile(isTrial: true)
            #expect(trial.holdsReleased == 1 && trial.heldCorrected == 1)
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "50")
            let found = try await tests.reconcile()
            #expect(found.holdsReleased == 1 && found.heldCorrected == 1)
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "2")
            #expect(tests.redis.command(["HKEYS", holds]) == waiting)
            try await tests.expect({ $0.repairs }, 0)
        }
    }

    @Test("the hold of a charged session that is still in Redis goes, too")
    static func chargedHold() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let id = try tests.accept(bench.tenant)
            tests.renderer.answers = [.failure(.busy)]
            await tests.runner.run(try #require(try await bench.claim(.sessions).first))
            let holds = tests.credits.replacing("credits:", with: "holds:")
            tests.redis.command(["HSET", holds, id, "2"])
            tests.redis.command(["HSET", tests.credits, "held", "2"])
            try await tests.expect({ $0.holdsReleased }, 1)
            #expect(tests.redis.command(["HGET", tests.credits, "held"]) == "0")
        }
    }

    @Test("a balance in Redis that is not MariaDB's is replaced, whichever is newer", arguments: [1, 1_000_000])
    static func balances(version: Int) async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            #expect(try bench.tenant.client.get("/api/v1/credits").status == 200)
            tests.redis.command(["HSET", tests.credits, "balance", "999", "version", "\(version)"])
            try await tests.expect({ $0.balancesCorrected }, 1)
            #expect(tests.redis.command(["HGET", tests.credits, "balance"]) == "1000000")
            try await tests.expect({ $0.repairs }, 0)
            #expect(try bench.tenant.client.get("/api/v1/credits").status == 200)
        }
    }

    @Test("one process at a time reconciles, and another one takes over when its lease has ended")
    static func lease() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            func service(_ boot: String, _ telemetry: ReconcilerTelemetry) -> ReconcilerService {
                ReconcilerService(
                    loop: bench.loop, redis: bench.queue.redis, mysql: bench.mysql, boot: boot, telemetry: telemetry,
                    queues: QueueTelemetry(), webhookPendingMax: 1_000, logger: bench.logger, clock: bench.clock)
            }
            func passes(_ telemetry: ReconcilerTelemetry) -> Bool {
                var text = MetricsText()
                telemetry.write(to: &text)
                return String(decoding: text.bytes, as: UTF8.self).contains("drape_reconciler_passes_total 1")
            }
            let (first, second) = (ReconcilerTelemetry(), ReconcilerTelemetry())
            let (one, other) = (service("one", first), service("other", second))
            await one.pass()
            await other.pass()
            #expect(passes(first) && !passes(second))
            tests.redis.command(["DEL", bench.queue.redis.keys.reconcilerLease])
            await other.pass()
            #expect(passes(second))
        }
    }
}
