import TestKit
import Testing

/// Admissions that Redis has run, and whose replies are lost.
@Suite("Lost replies")
struct LostReplyTests {
    private let proxy: LossyProxy
    private let stack: TestStack
    private let tenant: TestTenant
    private let garment: String

    private init() throws {
        let port = TestStack.freePort()
        proxy = try LossyProxy(to: port)
        stack = try TestStack(
            redisOptions: ["--appendonly", "no", "--port", "\(port)", "--bind", "127.0.0.1"],
            environment: ["REDIS_URL": "redis://127.0.0.1:\(proxy.port)"])
        tenant = try stack.makeTenant(credits: 100)
        garment = try tenant.addCatalogue().garment
        // From here on, the key and the references are cached.
        #expect(try tenant.tryOn([garment]).status == 201)
    }

    private func tryOn(idempotencyKey: String? = "k") throws -> TestAnswer {
        try tenant.client.with(idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]).post(
            "/api/v1/cart-tryons",
            #"{"customerId":"shopper-42","cartId":"lost","quality":"SD","items":[{"sku":"S","garmentId":"\#(garment)"}]}"#
        )
    }

    /// The sessions that wait.
    private var waiting: [String] {
        let lane = stack.redis.command(["KEYS", "queue:*:sessions:lane:*"])
        return stack.redis.command(["LRANGE", lane, "0", "-1"]).split(separator: "\n").map(String.init)
    }

    @Test(
        "an admission whose reply is lost is sent again with the same session id: one session, and one hold",
        arguments: [nil, "k"])
    func once(idempotencyKey: String?) throws {
        proxy.lose(1, of: #""cart":"lost""#)
        let answer = try tryOn(idempotencyKey: idempotencyKey)
        #expect(proxy.left == 0)
        #expect(answer.status == 201, "\(answer)")
        // The client has sent it once.
        #expect(answer.fields["idempotent-replayed"] == nil)
        #expect(answer.integer("creditsRemaining") == 98)
        #expect(waiting.count == 2)
        #expect(waiting.contains(answer.string("id")))
        #expect(try tenant.client.get("/api/v1/credits").integer("held") == 2)
        if idempotencyKey != nil { #expect(try tryOn().body == answer.body) }
    }

    @Test("a session whose reply is lost twice is withdrawn: nothing is held, and the same request is accepted later")
    func withdrawn() throws {
        proxy.lose(2, of: #""cart":"lost""#)
        let answer = try tryOn()
        #expect(proxy.left == 0)
        #expect(answer.status == 503)
        #expect(answer.string("code") == "store_unavailable")
        #expect(try tenant.client.get("/api/v1/credits").integer("held") == 1)
        let again = try tryOn()
        #expect(again.status == 201)
        #expect(again.fields["idempotent-replayed"] == nil)
        #expect(try tenant.client.get("/api/v1/credits").integer("held") == 2)
    }

    private func send(_ events: Int) throws -> TestAnswer {
        let one = #"{"type":"order.lost","data":{}}"#
        let list = (0..<events).map { _ in one }.joined(separator: ",")
        return try tenant.client.post("/api/v1/events/batch", #"{"events":[\#(list)]}"#)
    }

    private var events: Int {
        let lane = stack.redis.command(["KEYS", "queue:*:events:lane:*"])
        return lane.isEmpty ? 0 : Int(stack.redis.command(["LLEN", lane])) ?? 0
    }

    @Test("events whose reply is lost are sent again with the same ids, and wait once")
    func eventsOnce() throws {
        proxy.lose(1, of: "order.lost")
        let answer = try send(3)
        #expect(proxy.left == 0)
        #expect(answer.status == 202 && answer.text.ranges(of: #""id":"evt_"#).count == 3, "\(answer)")
        #expect(events == 3)
    }

    @Test("events whose reply is lost twice may have been taken, and the client is told so")
    func unknownEvents() throws {
        proxy.lose(2, of: "order.lost")
        let answer = try send(2)
        #expect(proxy.left == 0)
        #expect(answer.status == 503 && answer.string("code") == "acceptance_unknown", "\(answer)")
        #expect(answer.fields["retry-after"] != nil)
        #expect(events == 2)
    }
}
