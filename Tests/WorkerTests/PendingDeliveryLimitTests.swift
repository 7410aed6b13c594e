import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// How many deliveries may wait for an endpoint and for an organisation.
@Suite("Limit of pending deliveries")
struct PendingDeliveryLimitTests {
    private let bench: HandlerBench
    private let full = Gauge()

    private func run() async {
        let limit = PendingDeliveryLimit(
            mysql: bench.mysql, redis: bench.queue.redis, endpointMax: 100, full: full, clock: bench.clock,
            logger: bench.logger)
        await limit.run()
    }

    private func hook() throws -> String {
        let made = try bench.tenant.hook("https://shop.example/hook", #""order.*""#)
        guard made.status == 201 else { throw ServerProcess.Failure.notReady(made.description) }
        return made.string("id")
    }

    /// Pending deliveries of events that nobody reads.
    private func add(_ count: Int, to hook: String, from first: Int) {
        _ = bench.stack.sql(
            """
            INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, next_attempt_at, created_at)
            SELECT CONCAT('dlv_', LPAD(seq, 26, '0')), '\(bench.tenant.organizationID)', CONCAT('evt_', LPAD(seq, 26, '0')),
                '\(hook)', NOW(3), NOW(3) FROM seq_\(first)_to_\(first + count - 1)
            """)
    }

    private func full(_ hook: String) -> Bool {
        bench.stack.sql("SELECT is_full FROM webhooks WHERE id = '\(hook)'") == "1"
    }

    private static func run(_ body: @escaping @Sendable (PendingDeliveryLimitTests) async throws -> Void) async throws {
        try await HandlerBench.run { bound in try await body(Self(bench: bound.value)) }
    }

    @Test("an endpoint is full at its limit, and takes new deliveries again a tenth below it")
    static func endpoint() async throws {
        try await run { tests in
            let (one, other) = (try tests.hook(), try tests.hook())
            tests.add(99, to: one, from: 1)
            await tests.run()
            #expect(!tests.full(one))
            tests.add(1, to: one, from: 100)
            await tests.run()
            #expect(tests.full(one) && !tests.full(other) && tests.full.value == 1)
            _ = tests.bench.stack.sql("DELETE FROM webhook_deliveries LIMIT 10")
            await tests.run()
            #expect(tests.full(one))
            _ = tests.bench.stack.sql("DELETE FROM webhook_deliveries LIMIT 1")
            await tests.run()
            #expect(!tests.full(one) && tests.full.value == 0)
        }
    }

    @Test("an organisation with five times as many is full where most of them wait")
    static func organization() async throws {
        try await run { tests in
            var hooks: [String] = []
            for number in 0..<7 {
                hooks.append(try tests.hook())
                tests.add(number == 6 ? 9 : 82, to: hooks[number], from: number * 100 + 1)
            }
            await tests.run()
            #expect(hooks.map(tests.full) == [true, true, true, true, true, true, false])
        }
    }
}
