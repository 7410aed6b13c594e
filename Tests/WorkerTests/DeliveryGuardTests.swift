import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Deliveries that were ended elsewhere, and endpoints that redirect.
@Suite("Guards of deliveries")
struct DeliveryGuardTests {
    private let bench: HandlerBench
    private let deliverer: WebhookDeliverer

    private init(_ bench: HandlerBench) throws {
        self.bench = bench
        deliverer = try bench.deliverer()
    }

    /// Completes a session, whose event waits for its first attempt at an endpoint.
    private func event(_ url: String) async throws -> Claim {
        guard try bench.tenant.hook(url).status == 201 else { throw ServerProcess.Failure.notReady(url) }
        _ = try bench.tenant.tryOn([try bench.tenant.addCatalogue().garment])
        let runner = bench.runner(NoRenderer())
        for claim in try await bench.claim(.sessions) { await runner.run(claim) }
        return try #require(try await bench.claim(.webhooks).first)
    }

    private var row: String { bench.stack.sql("SELECT status, attempts FROM webhook_deliveries") }

    @Test(
        "the outcome of an attempt does not change a delivery that has ended meanwhile",
        arguments: ["canceled", "delivered", "failed"])
    static func ended(status: String) async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let claim = try await Self(bench).event("https://example.com/hook")
            let loaded = try await bench.mysql.attempt { connection throws(MySQLError) in
                try Delivery.load([claim.id], connection)
            }.get()
            let delivery = try #require(loaded.first ?? nil)
            #expect(delivery.isPending)
            _ = bench.stack.sql("UPDATE webhook_deliveries SET status = '\(status)', attempts = 7")
            let now: Timestamp = bench.clock.now()
            for outcome in [
                DeliveryRecord.Outcome.delivered, .failed(retryAfter: .zero), .failed(retryAfter: nil), .canceled,
                .skipped,
            ] {
                let record = DeliveryRecord(delivery: delivery, outcome: outcome, startedAt: now)
                _ = bench.stack.sql("DELETE FROM webhook_attempts")
                let written = await bench.mysql.attempt { connection throws(MySQLError) in
                    try DeliveryTransaction([record], at: now).run(connection).count
                }
                #expect(try written.get() == 1)
                #expect(bench.stack.sql("SELECT status, attempts FROM webhook_deliveries") == "\(status)\t7")
            }
        }
    }

    @Test("a delivery that Redis offers again after its end is not sent, and is acknowledged")
    static func offeredAgain() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            let receiver = try TestReceiver()
            let claim = try await tests.event(receiver.url())
            _ = bench.stack.sql("UPDATE webhook_deliveries SET status = 'delivered'")
            await tests.deliverer.run(claim)
            #expect(receiver.received.isEmpty)
            #expect(tests.row == "delivered\t0")
            #expect(try await bench.claim(.webhooks).isEmpty)
            #expect(bench.delay(.webhooks) == nil)
        }
    }

    @Test("a redirect is not followed, and counts as a failed attempt", arguments: [301, 302, 307, 308])
    static func redirect(status: Int) async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let tests = try Self(bench)
            let target = try TestReceiver()
            let peer = try TestPeer { client, _ in
                _ = client.read(until: "}")
                client.send(
                    "HTTP/1.1 \(status) Elsewhere\r\nLocation: \(target.url())\r\nContent-Length: 0\r\n\r\n")
                client.finishSending()
                _ = client.readToEnd()
            }
            let claim = try await tests.event("http://127.0.0.1:\(peer.port)/hook")
            await tests.deliverer.run(claim)
            #expect(peer.connections == 1)
            #expect(target.received.isEmpty)
            #expect(tests.row == "pending\t1")
            #expect(bench.stack.sql("SELECT status_code FROM webhook_attempts") == "\(status)")
            #expect(bench.stack.sql("SELECT failure_count FROM webhooks") == "0")
            #expect(bench.delay(.webhooks) != nil)
        }
    }
}
