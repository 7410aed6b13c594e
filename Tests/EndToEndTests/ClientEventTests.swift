import Domain
import TestKit
import Testing

/// Events that clients publish to their own webhooks.
@Suite("Events of clients")
struct ClientEventTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let receiver: TestReceiver

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
        receiver = try TestReceiver()
    }

    private func send(_ json: String, key: String? = nil) throws -> TestAnswer {
        let client = key.map { tenant.client.with(["Idempotency-Key": $0]) } ?? tenant.client
        return try client.post("/api/v1/events", json)
    }

    private var bodies: [String] { receiver.received.map { String(decoding: $0.body, as: UTF8.self) } }

    @Test("an event is accepted at once, and delivered with its data unchanged to the endpoints that want its type")
    func delivered() async throws {
        let other = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""order.*""#).status == 201)
        #expect(try tenant.hook(other.url(), #""order.shipped.late","tryon.*""#).status == 201)
        let data = #"{"order":"1001","lines":[1,2.5,-3e+20,true,null,{"ä":"\"\n"}],"empty":{}}"#
        let answer = try send(#"{"type":"order.shipped","data":\#(data)}"#)
        #expect(answer.status == 202, "\(answer)")
        let worker = try stack.startWorker()
        try await poll("the delivery") { receiver.received.count == 1 }
        let received = receiver.received[0]
        #expect(received.fields["webhook-id"] == answer.string("id"))
        #expect(received.fields["x-webhook-event"] == "order.shipped")
        #expect(bodies[0].contains(#""data":\#(data)"#), "\(bodies[0])")
        #expect(bodies[0].contains(#""createdAt":"\#(answer.string("createdAt"))""#))
        _ = try send(#"{"type":"order.shipped.late","data":{}}"#)
        try await poll("the delivery") { other.received.count == 1 && receiver.received.count == 2 }
        // Nobody wants this one: nothing is kept of it.
        _ = try send(#"{"type":"stock.low","data":{}}"#)
        try await poll("the end of the events") {
            try worker.client.get("/metrics").text.contains("drape_client_events_written_total 3")
        }
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_events WHERE type = 'stock.low'") == "0")
        #expect(stack.redis.command(["KEYS", "event:*"]) == "")
    }

    @Test("an idempotency key has one event, also after Redis has lost everything")
    func once() async throws {
        #expect(try tenant.hook(receiver.url(), #""*""#).status == 201)
        let json = #"{"type":"order.paid","data":{"n":1},"idempotencyKey":"paid-1"}"#
        let first = try send(json)
        let again = try send(json)
        #expect(again.status == 202 && again.string("id") == first.string("id"))
        #expect(again.fields["idempotent-replayed"] == "true")
        #expect(try send(#"{"type":"order.paid","data":{"n":1}}"#, key: "paid-1").string("id") == first.string("id"))
        let other = try send(#"{"type":"order.paid","data":{"n":2}}"#, key: "paid-1")
        #expect(other.status == 422 && other.string("code") == "idempotency_mismatch")
        let worker = try stack.startWorker()
        try await poll("the delivery") { receiver.received.count == 1 }
        stack.redis.command(["FLUSHALL"])
        let third = try send(json)
        #expect(third.status == 202 && third.string("id") != first.string("id"))
        try await poll("the end of the event") { stack.redis.command(["KEYS", "event:*"]) == "" }
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_events") == "1")
        // A day later the key is free again.
        stack.redis.command(["FLUSHALL"])
        _ = stack.sql("UPDATE webhook_events SET created_at = created_at - INTERVAL 25 HOUR")
        #expect(try send(json).status == 202)
        try await poll("the second delivery") { receiver.received.count == 2 }
        #expect(worker.isReady)
    }

    @Test("an idempotency key is its organisation's: another one's event under the same key is delivered, too")
    func tenants() async throws {
        let other = try stack.makeTenant()
        for one in [tenant, other] { #expect(try one.hook(receiver.url(), #""*""#).status == 201) }
        let json = #"{"type":"order.shipped","data":{},"idempotencyKey":"order-1001-shipped"}"#
        for one in [tenant, other] { #expect(try one.client.post("/api/v1/events", json).status == 202) }
        let worker = try stack.startWorker()
        try await poll("both events") { Set(receiver.received.map { $0.fields["webhook-id"] }).count == 2 }
        #expect(worker.isReady)
    }

    @Test("the header's key stands for the whole of a batch, and for nothing else")
    func headerKey() throws {
        func batch(_ events: String, _ key: String) throws -> TestAnswer {
            try tenant.client.with(["Idempotency-Key": key]).post("/api/v1/events/batch", #"{"events":[\#(events)]}"#)
        }
        let (a, b) = (#"{"type":"a","data":{}}"#, #"{"type":"b","data":{}}"#)
        let first = try batch("\(a),\(b)", "k")
        #expect(first.status == 202)
        let again = try batch("\(a),\(b)", "k")
        #expect(again.text == first.text && again.fields["idempotent-replayed"] == "true")
        for other in [a, "\(a),\(b),\(a)", "\(b),\(a)"] { #expect(try batch(other, "k").status == 422, "\(other)") }
        #expect(try send(b, key: "k 1").fields["idempotent-replayed"] == nil)
        let own = #"{"type":"a","data":{},"idempotencyKey":"own"}"#
        let mixed = try batch("\(a),\(own)", "m")
        #expect(mixed.status == 400 && mixed.text.contains("/events/1/idempotencyKey"))
        #expect(try send(own, key: "own").status == 202)
        let differs = try send(own, key: "another")
        #expect(differs.status == 400 && differs.text.contains(#""pointer":"/idempotencyKey""#))
    }

    @Test("a batch is taken as a whole, or not at all")
    func batch() async throws {
        #expect(try tenant.hook(receiver.url(), #""*""#).status == 201)
        func batch(_ events: String) throws -> TestAnswer {
            try tenant.client.post("/api/v1/events/batch", #"{"events":[\#(events)]}"#)
        }
        let one = #"{"type":"a.b","data":{}}"#
        let answer = try batch((0..<100).map { #"{"type":"n.x","data":{"n":\#($0)}}"# }.joined(separator: ","))
        #expect(answer.status == 202 && answer.text.ranges(of: #""id":"evt_"#).count == 100)
        #expect(try batch((0..<101).map { _ in one }.joined(separator: ",")).status == 400)
        #expect(try batch("").status == 400)
        let twice = try batch(
            #"{"type":"a","data":{},"idempotencyKey":"k"},{"type":"b","data":{},"idempotencyKey":"k"}"#)
        #expect(twice.status == 400 && twice.text.contains("/events/1/idempotencyKey"))
        #expect(try send(#"{"type":"a","data":{},"idempotencyKey":"k"}"#).status == 202)
        let mismatch = try batch(#"\#(one),{"type":"b","data":{},"idempotencyKey":"k"}"#)
        #expect(mismatch.status == 422 && mismatch.text.contains("event 1"))
        let worker = try stack.startWorker()
        try await poll("the deliveries") { receiver.received.count == 101 }
        #expect(Set(receiver.received.map { $0.fields["webhook-id"] }).count == 101)
        #expect(stack.redis.command(["KEYS", "event:*"]) == "")
        #expect(worker.isReady)
    }

    @Test(
        "what is wrong is refused with its place",
        arguments: [
            (#"{"type":"tryon.completed","data":{}}"#, "/type"), (#"{"type":"webhook","data":{}}"#, "/type"),
            (#"{"type":"Order.Paid","data":{}}"#, "/type"), (#"{"type":"order..paid","data":{}}"#, "/type"),
            (#"{"type":"order.*","data":{}}"#, "/type"), (#"{"type":"order.paid"}"#, "/data"),
            (#"{"type":"order.paid","data":[1]}"#, "/data"),
            (#"{"type":"order.paid","data":{},"idempotencyKey":"ä"}"#, "/idempotencyKey"),
            (#"{"type":"order.paid","data":{},"kind":1}"#, "/kind"),
        ])
    func refused(json: String, pointer: String) throws {
        let answer = try send(json)
        #expect(answer.status == 400 && answer.text.contains(#""pointer":"\#(pointer)""#), "\(answer)")
        #expect(stack.redis.command(["KEYS", "event:*"]) == "")
    }

    @Test("every request counts against the limit, and the scope and the key are checked")
    func limited() throws {
        let slow = try stack.makeTenant(more: #","rateLimitPerMinute":3"#)
        #expect(try slow.client.post("/api/v1/events", #"{"type":"a","data":{}}"#).status == 202)
        #expect(try slow.client.post("/api/v1/events", #"{"type":"A","data":{}}"#).status == 400)
        let batch = try slow.client.post("/api/v1/events/batch", #"{"events":[{"type":"a","data":{}}]}"#)
        #expect(batch.status == 202 && batch.fields["x-ratelimit-remaining"] == "0")
        let fourth = try slow.client.post("/api/v1/events", #"{"type":"a","data":{}}"#)
        #expect(fourth.status == 429 && fourth.fields["retry-after"] != nil)
        let reader = try tenant.admin.post(
            "/api/organizations/\(tenant.organizationID)/api-keys",
            #"{"name":"r","scopes":["tryons:read"],"environment":"live"}"#)
        let refused = try stack.client.with(key: reader.string("key")).post(
            "/api/v1/events", #"{"type":"a","data":{}}"#)
        #expect(refused.status == 403 && refused.string("code") == "insufficient_scope")
    }

    @Test("an event that cannot be read is kept for an operator, and events of a test key reach test endpoints alone")
    func unreadable() async throws {
        let test = try stack.makeTenant(environment: "test")
        #expect(try test.hook(receiver.url(), #""*""#).status == 201)
        let live = try test.admin.post(
            "/api/organizations/\(test.organizationID)/api-keys",
            #"{"name":"l","scopes":["all"],"environment":"live"}"#)
        let liveHook = try stack.client.with(key: live.string("key")).post(
            "/api/v1/webhooks", #"{"url":"\#(receiver.url())","events":["*"]}"#)
        #expect(liveHook.status == 201)
        let answer = try test.client.post("/api/v1/events", #"{"type":"a.b","data":{}}"#)
        let broken = try test.client.post("/api/v1/events", #"{"type":"a.b","data":{}}"#).string("id")
        let name = stack.redis.command(["KEYS", "event:*:\(broken)"])
        stack.redis.command(["HSET", name, "body", "{"])
        let worker = try stack.startWorker()
        try await poll("the delivery") { receiver.received.count == 1 }
        #expect(receiver.received[0].fields["webhook-id"] == answer.string("id"))
        try await poll("the dead letter") {
            try worker.client.get("/metrics").text.contains("drape_dead_letters_total 1")
        }
        let listed = Shell.run(
            "\(TestPlace.products)/drapectl", ["queue", "dead", "list"], environment: stack.environment)
        #expect(listed.contains(broken))
        #expect(
            stack.sql("SELECT DISTINCT w.environment FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id")
                == "test")
        #expect(stack.redis.command(["KEYS", "event:*"]) == "")
    }
}
