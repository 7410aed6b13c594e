import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// One delivery at a time, to a real endpoint, on a simulated clock.
@Suite("Webhook deliverer")
struct WebhookDelivererTests {
    private let bench: HandlerBench
    private let receiver: TestReceiver
    private let deliverer: WebhookDeliverer

    private init(_ bench: HandlerBench) throws {
        self.bench = bench
        receiver = try TestReceiver()
        deliverer = try bench.deliverer()
    }

    /// Completes a session, whose event waits for its first attempt.
    private func event() async throws {
        let hook = try bench.tenant.hook(receiver.url(), #""tryon.completed""#)
        guard hook.status == 201 else { throw ServerProcess.Failure.notReady(hook.description) }
        let garment = try bench.tenant.addCatalogue().garment
        _ = try bench.tenant.tryOn([garment])
        let runner = bench.runner(NoRenderer())
        for claim in try await bench.claim(.sessions) { await runner.run(claim) }
    }

    private func reconcile() async throws {
        let reconciler = Reconciler(redis: bench.queue.redis, mysql: bench.mysql)
        _ = try await reconciler.run(withAccounts: false).get()
    }

    private func attempt() async throws {
        let claims = try await bench.claim(.webhooks)
        #expect(claims.count == 1)
        for claim in claims { await deliverer.run(claim) }
    }

    private var row: String { bench.stack.sql("SELECT status, attempts FROM webhook_deliveries") }

    @Test(
        "an endpoint that always fails gets ten attempts at the times of the schedule, and the delivery ends as failed")
    static func schedule() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            try await tests.event()
            let waits: [Int64] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
            for (index, seconds) in waits.enumerated() {
                tests.receiver.answer(.internalServerError)
                try await tests.attempt()
                #expect(tests.row == "pending\t\(index + 1)")
                let wait = Duration.seconds(seconds)
                let next = Timestamp(bench.stack.sql("SELECT next_attempt_at FROM webhook_deliveries"))
                let due = SystemClock().now() + wait
                #expect(abs(try #require(next).unixMs - due.unixMs) < 5_000, "after attempt \(index + 1)")
                // A retry that is due later than in a minute is in MariaDB alone, until it is due.
                #expect((bench.delay(.webhooks) != nil) == (seconds <= 60), "after attempt \(index + 1)")
                try await tests.reconcile()
                #expect((bench.delay(.webhooks) != nil) == (seconds <= 60), "after attempt \(index + 1)")
                bench.pass(wait + .seconds(3))
                try await tests.reconcile()
                bench.makeDue(.webhooks)
            }
            tests.receiver.answer(.internalServerError)
            try await tests.attempt()
            #expect(tests.row == "failed\t10")
            #expect(tests.receiver.received.map { $0.fields["x-webhook-attempt"] } == (1...10).map { "\($0)" })
            #expect(Set(tests.receiver.received.map { $0.fields["webhook-id"] }).count == 1)
            #expect(try await bench.claim(.webhooks).isEmpty)
            #expect(bench.delay(.webhooks) == nil)
        }
    }

    @Test("an attempt that Redis offers too early is not made before the time in MariaDB")
    static func early() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            try await tests.event()
            tests.receiver.answer(.internalServerError)
            try await tests.attempt()
            bench.makeDue(.webhooks)
            try await tests.attempt()
            #expect(tests.receiver.received.count == 1)
            #expect(tests.row == "pending\t1")
            bench.pass(.seconds(10))
            bench.makeDue(.webhooks)
            try await tests.attempt()
            #expect(tests.receiver.received.count == 2)
            #expect(tests.row == "delivered\t2")
        }
    }

    /// The ms until the next attempt by the clock of the database.
    private func databaseWaitMs() throws -> Int {
        let wait = "TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), next_attempt_at) DIV 1000"
        return try #require(Int(bench.stack.sql("SELECT \(wait) FROM webhook_deliveries")))
    }

    @Test(
        "a worker whose clock is wrong by an hour sends what is due at once, and retries at the times of the schedule",
        arguments: [-3_600, 3_600])
    static func skewed(seconds: Int) async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            try await tests.event()
            bench.clock.advance(by: .seconds(seconds))
            tests.receiver.answer(.internalServerError)
            let before = ContinuousClock.now
            try await tests.attempt()
            #expect(tests.receiver.received.count == 1)
            #expect(tests.row == "pending\t1")
            // Five seconds by the clocks of both stores, less what has passed since.
            let waits = [try tests.databaseWaitMs(), Int(try #require(bench.delay(.webhooks)).milliseconds())]
            let passedMs = Int((ContinuousClock.now - before).milliseconds(rounded: .up))
            for wait in waits { #expect((5_000 - passedMs - 1...5_000).contains(wait)) }
            // The reconciler leaves what is due later, and hands the rest of a wait to Redis.
            bench.stack.redis.command(["FLUSHALL"])
            _ = bench.stack.sql("UPDATE webhook_deliveries SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR")
            try await tests.reconcile()
            #expect(bench.delay(.webhooks) == nil)
            _ = bench.stack.sql("UPDATE webhook_deliveries SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL 50 SECOND")
            try await tests.reconcile()
            #expect((1...50).contains(Int(try #require(bench.delay(.webhooks)).inSeconds)))
            bench.pass(.seconds(60))
            bench.makeDue(.webhooks)
            try await tests.attempt()
            #expect(tests.receiver.received.count == 2)
            #expect(tests.row == "delivered\t2")
        }
    }

    @Test("a delivery that a process wrote whose clock is ahead is due at once, also for the reconciler")
    static func writtenAhead() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            bench.clock.advance(by: .seconds(3_600))
            try await tests.event()
            #expect(try tests.databaseWaitMs() <= 0)
            bench.stack.redis.command(["FLUSHALL"])
            try await tests.reconcile()
            try await tests.attempt()
            #expect(tests.row == "delivered\t1")
        }
    }

    @Test("a delivery whose webhook was switched off is skipped without a request")
    static func unwanted() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            try await tests.event()
            _ = bench.stack.sql("UPDATE webhooks SET is_active = 0")
            try await tests.attempt()
            #expect(tests.receiver.received.isEmpty)
            #expect(tests.row == "skipped\t0")
        }
    }

    @Test("an outcome that cannot be written waits for the database, and the event is sent once")
    static func unwritten() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            try await tests.event()
            _ = bench.stack.sql("RENAME TABLE webhook_attempts TO hidden")
            let bound = LoopBound(tests, on: bench.loop)
            let attempt = Task(executorPreference: bench.loop) { try await bound.value.attempt() }
            try await bench.whileTimePasses {
                // Longer than the tries of one transaction.
                let end: Timestamp = bench.clock.now() + .seconds(60)
                while bench.clock.now() < end { await bench.loop.sleep(for: .seconds(1)) }
                #expect(tests.receiver.received.count == 1)
                #expect(tests.row == "pending\t0")
                #expect(bench.delay(.webhooks) == nil)
                _ = bench.stack.sql("RENAME TABLE hidden TO webhook_attempts")
                try await attempt.value
            }
            #expect(tests.row == "delivered\t1")
            #expect(tests.receiver.received.count == 1)
        }
    }
}
