import Domain
import TestKit
import Testing

/// Endpoints that their owner changes, switches off and on, and what came meanwhile.
@Suite("Changes of webhooks")
struct WebhookChangeTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let receiver: TestReceiver
    private let path: String

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
        receiver = try TestReceiver()
        path = "/api/v1/webhooks/\(try tenant.hook(receiver.url()).string("id"))"
    }

    private func change(_ json: String) throws -> TestAnswer { try tenant.client.send("PATCH", path, json: json) }

    private func recover(_ json: String = "{}") throws -> TestAnswer { try tenant.client.post("\(path)/recover", json) }

    private var statuses: String {
        stack.sql("SELECT GROUP_CONCAT(status ORDER BY id) FROM webhook_deliveries")
    }

    @Test("what waits and what comes while an endpoint is off is skipped, and is sent when its owner recovers it")
    func recovered() async throws {
        let garment = try tenant.addCatalogue().garment
        receiver.answer(.internalServerError)
        _ = try tenant.tryOn([garment])
        let worker = try stack.startWorker()
        try await poll("the first attempt") { receiver.received.count == 1 }
        let off = try change(#"{"isActive":false}"#)
        #expect(off.status == 200 && off["isActive"]?.boolean == false)
        _ = try tenant.tryOn([garment])
        // The first one when its next attempt is due, the second one at once.
        try await poll("the skipped deliveries") { statuses == "skipped,skipped" }
        #expect(try recover().status == 409)
        let on = try change(#"{"isActive":true,"description":"mended"}"#)
        #expect(on["isActive"]?.boolean == true && on.string("description") == "mended")
        let future = try recover(#"{"since":"2099-01-01T00:00:00Z"}"#)
        #expect(future.text == #"{"recovered":0,"hasMore":false}"#)
        let answer = try recover()
        #expect(answer.status == 200 && answer.text == #"{"recovered":2,"hasMore":false}"#)
        try await poll("the deliveries", within: .seconds(60)) { statuses == "delivered,delivered" }
        #expect(Set(receiver.received.map { $0.fields["webhook-id"] }).count == 2)
        #expect(try tenant.client.get(path).integer("successCount") == 2)
        #expect(try tenant.client.get(path).integer("failureCount") == 0)
        #expect(try worker.client.get("/metrics").text.contains("drape_deliveries_skipped_total 1"))
        #expect(stack.sql("SELECT business_profile_id = organization_id FROM webhooks") == "1")
    }

    @Test("a new URL and new event types hold for the next events, and what is wrong is refused")
    func changed() async throws {
        let other = try TestReceiver()
        #expect(try change(#"{"url":"\#(other.url())","events":["tryon.failed","tryon.completed"]}"#).status == 200)
        let worker = try stack.startWorker()
        _ = try tenant.tryOn([try tenant.addCatalogue().garment])
        try await poll("the delivery") { other.received.count == 1 }
        #expect(receiver.received.isEmpty)
        for json in [
            #"{"url":"https://10.0.0.1/x"}"#, #"{"events":[]}"#, #"{"isActive":"yes"}"#, #"{"secret":"x"}"#, "[]",
        ] {
            #expect(try change(json).status == 400, "\(json)")
        }
        #expect(try change("{}").string("url") == other.url())
        let stranger = try stack.makeTenant()
        #expect(try stranger.client.send("PATCH", path, json: "{}").status == 404)
        #expect(try stranger.client.post("\(path)/recover", "{}").status == 404)
        #expect(worker.isReady)
    }
    /// The standard signature of a request by a secret.
    private static func signature(_ received: TestReceiver.Received, _ secret: String) -> String {
        WebhookSignature.standard(
            secret: secret, id: received.fields["webhook-id"] ?? "",
            timestamp: Int64(received.fields["webhook-timestamp"] ?? "") ?? 0, body: received.body)
    }

    @Test("after a rotation deliveries are signed with the new and the old secret, and then with the new one alone")
    func rotated() async throws {
        let hook = try tenant.hook(receiver.url("/second"), #""tryon.completed""#)
        let (id, old) = (hook.string("id"), hook.string("secret"))
        _ = try tenant.client.delete(path)
        let rotate = "/api/v1/webhooks/\(id)/rotate-secret"
        let once = tenant.client.with(["Idempotency-Key": "rotate-1"])
        let rotated = try once.post(rotate, #"{"graceHours":2}"#)
        let new = rotated.string("secret")
        #expect(rotated.status == 200 && new.count == 64 && new != old)
        #expect(try once.post(rotate, #"{"graceHours":2}"#).string("secret") == new)
        #expect(try tenant.client.get("/api/v1/webhooks/\(id)").string("previousSecretUntil") != "")
        let garment = try tenant.addCatalogue().garment
        let worker = try stack.startWorker()
        _ = try tenant.tryOn([garment])
        try await poll("the delivery") { receiver.received.count == 1 }
        let first = receiver.received[0]
        #expect(first.fields["webhook-signature"] == "\(Self.signature(first, new)) \(Self.signature(first, old))")
        #expect(first.fields["x-webhook-signature"] == WebhookSignature.plain(secret: new, body: first.body))
        // The time is over.
        _ = stack.sql("UPDATE webhooks SET previous_secret_until = NOW(3) - INTERVAL 1 SECOND")
        _ = try tenant.tryOn([garment])
        try await poll("the delivery") { receiver.received.count == 2 }
        let second = receiver.received[1]
        #expect(second.fields["webhook-signature"] == Self.signature(second, new))
        // Without a grace the old secret is gone at once.
        let last = try tenant.client.post(rotate, #"{"graceHours":0}"#).string("secret")
        #expect(stack.sql("SELECT previous_secret IS NULL FROM webhooks WHERE id = '\(id)'") == "1")
        _ = try tenant.tryOn([garment])
        try await poll("the delivery") { receiver.received.count == 3 }
        let third = receiver.received[2]
        #expect(third.fields["webhook-signature"] == Self.signature(third, last))
        #expect(try tenant.client.post(rotate, #"{"graceHours":1000}"#).status == 400)
        #expect(
            try tenant.client.post("/api/v1/webhooks/whk_06f0000000000000000000000/rotate-secret", "{}").status == 404)
        #expect(worker.isReady)
    }
    @Test("deliveries are listed with filters, one is shown with its attempts, and is sent again under the same ids")
    func deliveries() async throws {
        let garment = try tenant.addCatalogue().garment
        receiver.answer(.gone)
        let worker = try stack.startWorker()
        _ = try tenant.tryOn([garment])
        try await poll("the failure") { statuses == "failed" }
        let list = try tenant.client.get("\(path)/deliveries")
        let id = list.string("data.0.id")
        #expect(list.string("data.0.status") == "failed" && list.string("data.0.eventType") == "tryon.completed")
        for (query, count) in [
            ("status=failed", 1), ("status=delivered", 0), ("eventType=tryon.completed", 1),
            ("eventType=tryon.failed", 0),
            ("since=2099-01-01T00:00:00Z", 0), ("limit=1", 1),
        ] {
            let found = try tenant.client.get("\(path)/deliveries?\(query)")
            #expect(found.status == 200 && found.text.ranges(of: #""eventId""#).count == count, "\(query)")
        }
        for query in ["status=lost", "since=x", "colour=red"] {
            #expect(try tenant.client.get("\(path)/deliveries?\(query)").status == 400, "\(query)")
        }
        let one = try tenant.client.get("\(path)/deliveries/\(id)")
        #expect(one.integer("log.0.statusCode") == 410 && one.string("log.0.address") == "127.0.0.1")
        #expect(try stack.makeTenant().client.get("\(path)/deliveries/\(id)").status == 404)
        #expect(try stack.makeTenant().client.get("\(path)/deliveries").text.contains(#""data":[]"#))
        // The endpoint was switched off by its answer.
        let resend = "\(path)/deliveries/\(id)/resend"
        #expect(try tenant.client.post(resend, "").status == 409)
        #expect(try change(#"{"isActive":true}"#).status == 200)
        let again = try tenant.client.post(resend, "")
        #expect(again.status == 202 && again.string("status") == "pending")
        try await poll("the delivery") { statuses == "delivered" }
        #expect(receiver.received.count == 2)
        #expect(receiver.received[0].fields["webhook-id"] == receiver.received[1].fields["webhook-id"])
        #expect(receiver.received[1].fields["x-webhook-delivery-id"] == id)
        #expect(try tenant.client.get("\(path)/deliveries/\(id)").integer("log.1.statusCode") == 200)
        #expect(try tenant.client.post("\(path)/deliveries/dlv_06f0000000000000000000000/resend", "").status == 404)
        #expect(worker.isReady)
    }
    @Test("a test event goes to its endpoint alone, signed, whatever it subscribes to, and once for a key")
    func testEvent() async throws {
        let worker = try stack.startWorker()
        let once = tenant.client.with(["Idempotency-Key": "test-1"])
        let answer = try once.post("\(path)/test", "")
        #expect(answer.status == 202 && answer.string("eventType") == "webhook.test")
        let replay = try once.post("\(path)/test", "")
        #expect(replay.status == 202 && replay.string("id") == answer.string("id"))
        try await poll("the delivery") { receiver.received.count == 1 }
        let received = receiver.received[0]
        #expect(received.fields["x-webhook-event"] == "webhook.test")
        #expect(received.fields["webhook-id"] == answer.string("eventId"))
        #expect(received.fields["webhook-signature"]?.hasPrefix("v1,") == true)
        #expect(String(decoding: received.body, as: UTF8.self).contains(#""type":"webhook.test""#))
        try await poll("its end") { statuses == "delivered" }
        #expect(try change(#"{"isActive":false}"#).status == 200)
        #expect(try tenant.client.post("\(path)/test", "").status == 409)
        #expect(try stack.makeTenant().client.post("\(path)/test", "").status == 404)
        #expect(receiver.received.count == 1)
        #expect(worker.isReady && !worker.log.contains("dead letters"))
    }
}
