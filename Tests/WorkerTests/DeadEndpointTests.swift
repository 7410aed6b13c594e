import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// A day of events for fifty endpoints that are away, on a simulated clock.
@Suite("Dead endpoints")
struct DeadEndpointTests {
    private static let endpoints = 50
    private static let eventsAnHour = 20
    /// Every open breaker may probe, and every lane that rests is due.
    private static let everythingDue = """
        for _, breaker in ipairs(redis.call('KEYS', 'breaker:*')) do redis.call('HSET', breaker, 'until', '1') end
        for _, resting in ipairs(redis.call('KEYS', 'queue:*:webhooks:resting')) do
          for _, lane in ipairs(redis.call('ZRANGE', resting, 0, -1)) do redis.call('ZADD', resting, 1, lane) end
        end
        """
    private let bench: HandlerBench
    private let deliverer: WebhookDeliverer
    private let writer: ClientEventRunner

    private init(_ bench: HandlerBench) throws {
        self.bench = bench
        deliverer = try bench.deliverer()
        writer = ClientEventRunner(
            loop: bench.loop, queue: bench.queue, mysql: bench.mysql, telemetry: bench.telemetry, logger: bench.logger,
            clock: bench.clock)
    }

    private func send() async throws {
        let events = (0..<Self.eventsAnHour).map { #"{"type":"order.paid","data":{"n":\#($0)}}"# }
        let sent = try bench.tenant.client.post(
            "/api/v1/events/batch", #"{"events":[\#(events.joined(separator: ","))]}"#)
        guard sent.status == 202 else { throw ServerProcess.Failure.notReady(sent.description) }
        await all(try await bench.claim(.events)) { writer, _, claim in await writer.run(claim) }
    }

    /// Runs the handlers of claims together, as a worker does.
    private func all(
        _ claims: [Claim], _ run: @escaping @Sendable (ClientEventRunner, WebhookDeliverer, Claim) async -> Void
    ) async {
        let bound = LoopBound((writer, deliverer), on: bench.loop)
        await withDiscardingTaskGroup { group in
            for claim in claims {
                group.addTask(executorPreference: bench.loop) { await run(bound.value.0, bound.value.1, claim) }
            }
        }
    }

    /// Makes every attempt that is due.
    private func attempt() async throws {
        while case let claims = try await bench.claim(.webhooks), !claims.isEmpty {
            await all(claims) { _, deliverer, claim in await deliverer.run(claim) }
        }
    }

    /// The deliveries that Redis knows.
    private var known: Int {
        bench.stack.redis.command(["EVAL", "return #redis.call('KEYS', 'delivery:*')", "0"]).split(separator: "\n")
            .first
            .flatMap { Int($0) } ?? -1
    }

    /// Lets an hour pass: every breaker may probe, and what is due comes back to Redis.
    private func passAnHour() async throws {
        bench.pass(.seconds(3_600))
        bench.makeDue(.webhooks)
        bench.stack.redis.command(["EVAL", Self.everythingDue, "0"])
        let reconciler = Reconciler(redis: bench.queue.redis, mysql: bench.mysql)
        _ = try await reconciler.run(withAccounts: false).get()
    }

    @Test("Redis keeps a bounded part of what waits for them, and MariaDB keeps it all")
    static func day() async throws {
        try await HandlerBench.run { bound in
            let tests = try Self(bound.value)
            for _ in 0..<endpoints {
                let made = try tests.bench.tenant.hook("http://127.0.0.1:9999/hook", #""order.*""#)
                #expect(made.status == 201)
            }
            var most = 0
            for hour in 1...24 {
                try await tests.send()
                try await tests.attempt()
                try await tests.passAnHour()
                most = max(most, tests.known)
                #expect(tests.known <= endpoints * (DispatchLua.brokenLaneDeliveriesMax + 16), "hour \(hour)")
            }
            let rows = tests.bench.stack.sql("SELECT COUNT(*), COUNT(DISTINCT status) FROM webhook_deliveries")
            #expect(rows == "\(endpoints * eventsAnHour * 24)\t1")
            // They were really tried, and there was more than Redis keeps.
            #expect(most > 1_000 && endpoints * eventsAnHour * 24 > 2 * most)
            #expect(Int(tests.bench.stack.sql("SELECT COUNT(*) FROM webhook_attempts")) ?? 0 >= endpoints * 5)
        }
    }
}
