import Domain
import Foundation
import Platform
import TestKit
import Testing

/// Webhooks from their creation to the signed request at a real endpoint.
@Suite("Webhooks")
struct DeliveryTests {
    @Test(
        "a completed session is told once to each endpoint that wants it, signed, with the session as its GET shows it")
    func delivered() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        let hook = try tenant.hook(receiver.url())
        #expect(hook.status == 201)
        let secret = hook.string("secret")
        #expect(secret.utf8.count == 64)
        #expect(try tenant.hook(receiver.url("/other"), #""tryon.failed""#).status == 201)
        let catalogue = try tenant.addCatalogue()
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let traced = tenant.with(["traceparent": trace])
        let accepted = try traced.tryOn([catalogue.garment])
        let worker = try stack.startWorker()
        try await poll("the delivery") { !receiver.received.isEmpty }
        let request = try #require(receiver.received.first)
        #expect(request.path == "/hook")
        let id = request.fields["webhook-id"] ?? ""
        let timestamp = Int64(request.fields["webhook-timestamp"] ?? "") ?? 0
        #expect(
            request.fields["webhook-signature"]
                == WebhookSignature.standard(secret: secret, id: id, timestamp: timestamp, body: request.body))
        #expect(request.fields["x-webhook-signature"] == WebhookSignature.plain(secret: secret, body: request.body))
        #expect(request.fields["x-webhook-event"] == "tryon.completed")
        #expect(request.fields["x-webhook-attempt"] == "1")
        #expect(request.fields["content-type"] == "application/json")
        #expect(request.fields["traceparent"] == trace)
        #expect(DeliveryID(request.fields["x-webhook-delivery-id"] ?? "") != nil)
        let parser = JSONParserHandle(bytesMax: 1 << 20)
        let members = try #require(try parser.parse(request.body).root.members)
        #expect(members.map(\.name) == ["id", "type", "createdAt", "organizationId", "data"])
        #expect(members[0].value.string == id)
        let view = try tenant.client.get("/api/v1/cart-tryons/\(accepted.string("id"))")
        #expect(String(decoding: request.body, as: UTF8.self).contains("\"data\":" + view.text))
        try await poll { try tenant.client.get("/api/v1/webhooks/\(hook.string("id"))").integer("successCount") == 1 }
        #expect(
            stack.sql("SELECT status, attempts, delivered_at IS NOT NULL FROM webhook_deliveries") == "delivered\t1\t1")
        #expect(stack.sql("SELECT status_code, address FROM webhook_attempts") == "200\t127.0.0.1")
        #expect(receiver.received.count == 1)
        #expect(!worker.log.contains("\"level\":\"error\""))
    }

    @Test("a failed attempt is tried again under the same ids with a new time; 410 ends it and disables the endpoint")
    func retried() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        receiver.answer(.internalServerError)
        receiver.answer(.gone)
        let hook = try tenant.hook(receiver.url())
        let catalogue = try tenant.addCatalogue()
        _ = try tenant.tryOn([catalogue.garment])
        let worker = try stack.startWorker()
        try await poll("the second attempt") { receiver.received.count == 2 }
        let (first, second) = (receiver.received[0], receiver.received[1])
        #expect(first.fields["webhook-id"] == second.fields["webhook-id"])
        #expect(first.fields["x-webhook-delivery-id"] == second.fields["x-webhook-delivery-id"])
        #expect(first.body == second.body)
        #expect(second.fields["x-webhook-attempt"] == "2")
        #expect(first.fields["webhook-timestamp"] != second.fields["webhook-timestamp"])
        try await poll { stack.sql("SELECT status, attempts FROM webhook_deliveries") == "failed\t2" }
        let view = try tenant.client.get("/api/v1/webhooks/\(hook.string("id"))")
        #expect(view["isActive"]?.boolean == false)
        #expect(view.string("disabledReason") == "gone")
        #expect(view.integer("failureCount") == 1)
        #expect(worker.isReady, "the worker still runs")
    }

    @Test("redirects are not followed, addresses that are not allowed are not called, and Retry-After is respected")
    func refused() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url()).status == 201)
        #expect(try tenant.hook("http://localhost:\(receiver.port)/named").status == 201)
        receiver.answer(HTTPStatus.serviceUnavailable, [("Retry-After", "1800")])
        receiver.answer(HTTPStatus.serviceUnavailable, [("Retry-After", "1800")])
        let catalogue = try tenant.addCatalogue()
        _ = try tenant.tryOn([catalogue.garment])
        // No network is allowed here: both addresses are checked when the worker connects.
        let closed = try stack.startWorker(["DRAPE_WEBHOOK_ALLOW_NETS": "", "DRAPE_WEBHOOK_ALLOW_HTTP": "1"])
        try await poll { stack.sql("SELECT COUNT(*) FROM webhook_attempts") == "2" }
        #expect(
            stack.sql("SELECT DISTINCT error FROM webhook_attempts")
                == "the URL must not lead to a private, loopback or reserved address")
        #expect(receiver.received.isEmpty)
        closed.kill()
        let open = try stack.startWorker()
        try await poll("the retries") { receiver.received.count == 2 }
        try await poll { stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE attempts = 2") == "2" }
        #expect(
            stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE next_attempt_at > NOW() + INTERVAL 1700 SECOND")
                == "2")
        #expect(open.isReady, "the worker still runs")
    }

    @Test("a webhook is listed and deleted, and what waits for it is canceled")
    func life() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        let hook = try tenant.hook(receiver.url())
        let path = "/api/v1/webhooks/\(hook.string("id"))"
        #expect(hook.fields["location"] == path)
        #expect(try tenant.client.get("/api/v1/webhooks").string("data.0.id") == hook.string("id"))
        #expect(try tenant.client.get(path)["secret"] == nil)
        #expect(!stack.sql("SELECT HEX(secret) FROM webhooks").lowercased().contains(hook.string("secret")))
        let other = try stack.makeTenant()
        #expect(try other.client.get(path).status == 404)
        #expect(try other.client.delete(path).status == 404)
        receiver.answer(.internalServerError)
        let catalogue = try tenant.addCatalogue()
        _ = try tenant.tryOn([catalogue.garment])
        let worker = try stack.startWorker()
        try await poll { receiver.received.count == 1 }
        #expect(try tenant.client.delete(path).status == 204)
        #expect(try tenant.client.get(path).status == 404)
        try await poll { stack.sql("SELECT status FROM webhook_deliveries") == "canceled" }
        #expect(receiver.received.count == 1)
        #expect(worker.isReady, "the worker still runs")
    }

    static let badURLs = [
        "", "nonsense", "ftp://example.com/x", "http://example.com/x", "https://user:pw@example.com/x",
        "https://example.com:22/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/latest", "https://localhost/x", "https://2130706433/x",
        "https://0x7f000001/x", "https://127.1/x", "https://example.com/x#f", "https://exa mple.com/",
    ]

    @Test("an address that may not be called is refused with its pointer", arguments: badURLs)
    func badURL(url: String) throws {
        let tenant = try Self.closed.get()
        let answer = try tenant.hook(url)
        #expect(answer.status == 400)
        #expect(answer.pointers == ["/url"])
    }

    @Test("events are types or a star")
    func badEvents() throws {
        let tenant = try Self.closed.get()
        for events in ["", "7", #""""#, #""Tryon""#, #""a b""#] {
            #expect(try tenant.hook("https://example.com/x", events).status == 400, "\(events)")
        }
        #expect(try tenant.hook("https://example.com:8443/x", #""tryon.completed","my.own_type""#).status == 201)
    }

    private static let closed = Result { try TestStack().makeTenant() }
}
