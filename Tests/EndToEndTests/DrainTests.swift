import Foundation
import Platform
import TestKit
import Testing

/// Workers that receive SIGTERM.
@Suite("Stopping a worker")
struct DrainTests {
    @Test("sessions that have not ended by the deadline are released at once, without a counted crash")
    func pastDeadline() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        _ = try TestPictures.catalogue(tenant)
        // Accepts connections and never answers: ten garments from this host take half a minute.
        let silent = try ListenerHandle(address: .loopback, port: 0)
        let item = #"{"sku":"S","garmentUrl":"https://127.0.0.1:\#(silent.port)/x.png","category":"top"}"#
        let items = [String](repeating: item, count: 10).joined(separator: ",")
        let id = try tenant.client.post(
            "/api/v1/cart-tryons", #"{"customerId":"shopper-42","items":[\#(items)],"quality":"SD"}"#
        )
        .string("id")
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_DRAIN_SECONDS": "1"])
        try await poll("rendering") { try tenant.status(id) == "processing" }
        try worker.signal(SIGTERM)
        try await poll("the end of the worker") { worker.log.contains(#""message":"stopped""#) }
        let key = stack.redis.command(["KEYS", "session:*\(id)"])
        #expect(stack.redis.command(["HMGET", key, "started", "crashes", "attempts"]) == "")
        #expect(stack.redis.command(["KEYS", "queue:*:sessions:processing:*"]) == "")
        #expect(stack.redis.command(["KEYS", "queue:*:sessions:lane:*"]).contains(tenant.organizationID))
        withExtendedLifetime(silent) {}
    }
}
