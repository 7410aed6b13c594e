import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// A deliverer with an endpoint, and events that a tenant sends to it.
struct DeliveryBench {
    let bench: HandlerBench
    let receiver: TestReceiver
    private let deliverer: WebhookDeliverer

    init(_ bench: HandlerBench) throws {
        self.bench = bench
        receiver = try TestReceiver()
        deliverer = try bench.deliverer()
    }

    /// An event of the tenant, written with its deliveries.
    func event() async throws {
        let sent = try bench.tenant.client.post("/api/v1/events", #"{"type":"order.paid","data":{}}"#)
        guard sent.status == 202 else { throw ServerProcess.Failure.notReady(sent.description) }
        let writer = ClientEventRunner(
            loop: bench.loop, queue: bench.queue, mysql: bench.mysql, telemetry: bench.telemetry, logger: bench.logger,
            clock: bench.clock)
        for claim in try await bench.claim(.events) { await writer.run(claim) }
    }

    func hook(_ url: String? = nil, _ events: String = #""order.*""#) throws -> String {
        let made = try bench.tenant.hook(url ?? receiver.url(), events)
        guard made.status == 201 else { throw ServerProcess.Failure.notReady(made.description) }
        return made.string("id")
    }

    @discardableResult
    func attempt() async throws -> Int {
        let claims = try await bench.claim(.webhooks)
        for claim in claims { await deliverer.run(claim) }
        return claims.count
    }

    func sql(_ text: String) -> String { bench.stack.sql(text) }

    static func run(_ body: @escaping @Sendable (DeliveryBench) async throws -> Void) async throws {
        try await HandlerBench.run { bound in try await body(Self(bound.value)) }
    }

    /// The only delivery that waits, as it is stored.
    func stored() async throws -> Delivery {
        let claim = try #require(try await bench.claim(.webhooks).first)
        let loaded = try await bench.mysql.attempt { connection throws(MySQLError) in
            try Delivery.load([claim.id], connection)
        }.get()
        return try #require(loaded.first ?? nil)
    }
}
