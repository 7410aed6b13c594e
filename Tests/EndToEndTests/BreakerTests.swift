import Foundation
import TestKit
import Testing

/// An endpoint that does not answer, beside one that does.
@Suite("An endpoint that is away")
struct BreakerTests {
    private let stack: TestStack
    private let tenant: TestTenant

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
    }

    private func control(_ words: String...) -> (code: Int32, output: String) {
        Shell.status("\(TestPlace.products)/drapectl", words, environment: stack.environment)
    }

    @Test("its breaker opens, the other endpoint gets every event, and when it is back it gets all of its own")
    func away() async throws {
        let (healthy, returning) = (try TestReceiver(), try TestReceiver())
        // Nothing listens on this port.
        let away = try tenant.hook("http://127.0.0.1:9999/hook")
        #expect(try tenant.hook(healthy.url()).status == 201)
        #expect(away.string("breaker.state") == "closed")
        let path = "/api/v1/webhooks/\(away.string("id"))"
        let worker = try stack.startWorker()
        let garment = try tenant.addCatalogue().garment
        #expect(control("webhooks", "status").output == "every circuit breaker is closed")
        for _ in 0..<8 { _ = try tenant.tryOn([garment]) }
        try await poll("the open breaker") { try tenant.client.get(path).string("breaker.state") == "open" }
        let view = try tenant.client.get(path)
        #expect(view.string("breaker.reason") == "unreachable" && view.string("breaker.nextProbeAt") != "")
        #expect(try tenant.client.get("/api/v1/webhooks").text.contains(#""state":"open","reason":"unreachable""#))
        try await poll("the other endpoint") { healthy.received.count == 8 }
        #expect(try worker.client.get("/metrics").text.contains("drape_webhook_breakers_opened_total 1"))
        let status = control("webhooks", "status")
        #expect(status.output.contains(away.string("id")) && status.output.contains("unreachable"))
        // While it is open no attempt is made.
        let attempts = stack.sql("SELECT COUNT(*) FROM webhook_attempts WHERE status_code IS NULL")
        for _ in 0..<4 { _ = try tenant.tryOn([garment]) }
        try await poll("the other endpoint") { healthy.received.count == 12 }
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_attempts WHERE status_code IS NULL") == attempts)
        // It is back, and the operator does not wait for the next probe.
        _ = stack.sql("UPDATE webhooks SET url = '\(returning.url())' WHERE id = '\(away.string("id"))'")
        #expect(control("webhooks", "close", away.string("id")).output.contains("its events are sent again"))
        #expect(control("webhooks", "close", away.string("id")).output.contains("closed already"))
        try await poll("all of its events") { Set(returning.received.map { $0.fields["webhook-id"] }).count == 12 }
        #expect(try tenant.client.get(path).string("breaker.state") == "closed")
        #expect(control("audit").output == "every rule holds")
        #expect(control("webhooks", "close", "whk_nothing").code == 64)
        #expect(control("webhooks", "open").code == 64)
        let all = control("webhooks", "list", "--json")
        #expect(all.code == 0 && all.output.contains(away.string("id")) && all.output.contains(#""active":"yes""#))
    }
}
