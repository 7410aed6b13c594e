import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Jobs that no handler can process.
@Suite("Unreadable jobs")
struct UnreadableJobTests {
    private let bench: HandlerBench
    private let runner: TryOnRunner

    private init(_ bench: HandlerBench) {
        self.bench = bench
        runner = bench.runner(ScriptedRenderer())
    }

    private func accept() throws -> String {
        let garment = try bench.tenant.addCatalogue().garment
        return try bench.tenant.tryOn([garment, garment]).string("id")
    }

    private var shard: Int {
        OrganizationID(bench.tenant.organizationID).map { bench.queue.redis.keys.shard(of: $0) } ?? 0
    }

    private func deadLetters(_ queue: QueueName) async throws -> [DeadLetters.Entry] {
        try await DeadLetters(bench.queue.redis).list(QueuePlace(queue, shard: shard), countMax: 10)
    }

    @Test("a session whose job cannot be read ends as failed, its hold is released, and it is in the dead letters")
    static func session() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let redis = bound.value.stack.redis
            redis.command(["HSET", redis.command(["KEYS", "session:*"]), "body", "not JSON"])
            let claim = try #require(try await bound.value.claim(.sessions).first)
            await tests.runner.run(claim)
            #expect(try bound.value.tenant.status(id) == "failed")
            #expect(redis.command(["KEYS", "session:*"]) == "")
            #expect(redis.command(["KEYS", "holds:*"]) == "")
            let letter = try #require(try await tests.deadLetters(.sessions).first)
            #expect(letter.job.id == id)
            #expect(letter.job.payload.first == Array("not JSON".utf8))
            #expect(bound.value.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind <> 'grant'") == "0")
            bound.value.stack.expectAccountsToBalance()
        }
    }

    @Test("a charged session whose job was damaged in Redis is read from MariaDB, and completed")
    static func damaged() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let renderer = ScriptedRenderer()
            renderer.answers = [.failure(.busy)]
            let first = bound.value.runner(renderer)
            await first.run(try #require(try await bound.value.claim(.sessions).first))
            let redis = bound.value.stack.redis
            redis.command(["HSET", redis.command(["KEYS", "session:*"]), "body", ""])
            bound.value.makeDue(.sessions)
            bound.value.clock.advance(by: .seconds(5))
            await tests.runner.run(try #require(try await bound.value.claim(.sessions).first))
            #expect(try bound.value.tenant.status(id) == "completed")
            #expect(try await tests.deadLetters(.sessions).isEmpty)
            bound.value.stack.expectAccountsToBalance()
        }
    }

    @Test("an id that is no session's id goes to the dead letters, and leaves its lane")
    static func identity() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let job = Job(id: "nonsense", lane: "nowhere", weight: 1, payload: [[], []])
            try await QueueProducer(bound.value.queue.redis).enqueue(job, in: QueuePlace(.sessions, shard: tests.shard))
            await tests.runner.run(try #require(try await bound.value.claim(.sessions).first))
            #expect(try await tests.deadLetters(.sessions).map(\.job.id) == ["nonsense"])
            #expect(bound.value.stack.redis.command(["KEYS", "session:*"]) == "")
        }
    }

    @Test("a delivery without a row goes to the dead letters")
    static func delivery() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let deliverer = WebhookDeliverer(
                loop: bench.loop, queue: bench.queue, mysql: bench.mysql,
                client: HTTPClient(
                    loop: bench.loop, policy: AddressPolicy(allowed: []), resolver: HostResolver(loop: bench.loop)),
                secretKey: bench.secretKey,
                allowsHTTP: false, telemetry: bench.telemetry, logger: bench.logger, clock: bench.clock)
            let job = Job(id: "dlv_gone", lane: "whk_gone", weight: 1, payload: [[]])
            try await QueueProducer(bench.queue.redis).enqueue(job, in: QueuePlace(.webhooks, shard: tests.shard))
            await deliverer.run(try #require(try await bench.claim(.webhooks).first))
            #expect(try await tests.deadLetters(.webhooks).map(\.job.id) == ["dlv_gone"])
            #expect(bench.stack.redis.command(["KEYS", "delivery:*"]) == "")
            #expect(bench.telemetry.deadLetters.value == 1)
        }
    }

    @Test("the event of a session that was taken over names the time at which the session began first")
    static func startedAt() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            try bound.value.tenant.keepEvents()
            _ = try tests.accept()
            let renderer = ScriptedRenderer()
            renderer.answers = [.failure(.busy)]
            let first = bound.value.runner(renderer)
            await first.run(try #require(try await bound.value.claim(.sessions).first))
            bound.value.makeDue(.sessions)
            bound.value.clock.advance(by: .seconds(60))
            await tests.runner.run(try #require(try await bound.value.claim(.sessions).first))
            let row = bound.value.stack.sql(
                "SELECT DATE_FORMAT(started_at, '%Y-%m-%dT%H:%i:%s') FROM cart_tryon_sessions")
            let event = bound.value.stack.sql("SELECT JSON_VALUE(body, '$.data.startedAt') FROM webhook_events")
            #expect(event.hasPrefix(row) && !row.isEmpty)
        }
    }
}
