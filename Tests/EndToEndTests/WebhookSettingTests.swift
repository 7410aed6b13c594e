import Domain
import Foundation
import Platform
import TestKit
import Testing

/// Limits, header fields and statistics of webhooks, and what an operator checks.
@Suite("Settings of webhooks")
struct WebhookSettingTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let receiver: TestReceiver

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
        receiver = try TestReceiver()
    }

    private func make(_ more: String) throws -> TestAnswer {
        try tenant.client.post("/api/v1/webhooks", #"{"url":"\#(receiver.url())","events":["order.*"]\#(more)}"#)
    }

    private func send(_ data: String = "{}") throws {
        #expect(try tenant.client.post("/api/v1/events", #"{"type":"order.paid","data":\#(data)}"#).status == 202)
    }

    @Test("limits and header fields are set, shown without their values, changed and cleared")
    func fields() async throws {
        let made = try make(
            #","maxConcurrency":3,"ratePerSecond":40,"headers":{"Authorization":"Bearer abc","X-Shop":"7"}"#)
        #expect(made.status == 201, "\(made)")
        #expect(made.integer("maxConcurrency") == 3 && made.integer("ratePerSecond") == 40)
        #expect(made.text.contains(#""headerNames":["Authorization","X-Shop"]"#) && !made.text.contains("abc"))
        #expect(stack.sql("SELECT headers LIKE '%abc%' FROM webhooks") == "0")
        let path = "/api/v1/webhooks/\(made.string("id"))"
        let worker = try stack.startWorker()
        try send()
        try await poll("the delivery") { receiver.received.count == 1 }
        #expect(receiver.received[0].fields["authorization"] == "Bearer abc")
        #expect(receiver.received[0].fields["x-shop"] == "7")
        let delivery = try tenant.client.get("\(path)/deliveries").string("data.0.id")
        try await poll("the attempt") {
            try tenant.client.get("\(path)/deliveries/\(delivery)").text.contains("requestHeaders")
        }
        let log = try tenant.client.get("\(path)/deliveries/\(delivery)")
        #expect(log.string("log.0.requestHeaders.Authorization") == "(hidden)" && !log.text.contains("abc"))
        #expect(log.string("log.0.requestHeaders.webhook-id") == receiver.received[0].fields["webhook-id"])
        #expect(
            log.string("log.0.requestHeaders.webhook-timestamp") == receiver.received[0].fields["webhook-timestamp"])
        let changed = try tenant.client.send(
            "PATCH", path, json: #"{"ratePerSecond":null,"headers":{},"ordered":true}"#)
        #expect(changed["ratePerSecond"]?.kind == .null && changed["ordered"]?.boolean == true)
        #expect(changed.text.contains(#""headerNames":[]"#) && changed.integer("maxConcurrency") == 3)
        try send()
        try await poll("the delivery") { receiver.received.count == 2 }
        #expect(receiver.received[1].fields["authorization"] == nil)
        #expect(worker.isReady)
        let entries = stack.sql("SELECT GROUP_CONCAT(action ORDER BY id) FROM audit_log")
        #expect(entries == "webhook.created,webhook.changed")
        #expect(stack.sql("SELECT DISTINCT actor, address FROM audit_log") == "\(tenant.keyID)\t127.0.0.1")
    }

    @Test(
        "limits out of bounds and header fields that are not the owner's are refused with their place",
        arguments: [
            (#""maxConcurrency":0"#, "/maxConcurrency"), (#""maxConcurrency":65"#, "/maxConcurrency"),
            (#""ratePerSecond":0"#, "/ratePerSecond"), (#""ratePerSecond":1001"#, "/ratePerSecond"),
            (#""ordered":1"#, "/ordered"), (#""headers":{"Host":"a"}"#, "/headers/Host"),
            (#""headers":{"content-length":"1"}"#, "/headers/content-length"),
            (#""headers":{"Connection":"close"}"#, "/headers/Connection"),
            (#""headers":{"Transfer-Encoding":"chunked"}"#, "/headers/Transfer-Encoding"),
            (#""headers":{"Webhook-Signature":"v1,x"}"#, "/headers/Webhook-Signature"),
            (#""headers":{"X-Webhook-Event":"x"}"#, "/headers/X-Webhook-Event"),
            (#""headers":{"X-A":"b\r\nX-C: d"}"#, "/headers/X-A"), (#""headers":{"X A":"b"}"#, "/headers/X A"),
            (#""headers":{"X-A":"b","x-a":"c"}"#, "/headers/x-a"), (#""headers":{"":"b"}"#, "/headers/"),
            (#""headers":{"X-A":1}"#, "/headers/X-A"), (#""headers":[]"#, "/headers"),
            (#""events":["*","order.**"]"#, "/events/1"),
        ])
    func refused(field: String, pointer: String) throws {
        let answer = try tenant.client.post(
            "/api/v1/webhooks",
            "{\"url\":\"\(receiver.url())\",\(field.contains("events") ? "" : "\"events\":[\"*\"],")\(field)}")
        #expect(answer.status == 400 && answer.text.contains("\"pointer\":\"\(pointer)\""), "\(answer)")
    }

    @Test("a name that has a private address is refused when it is given, and one that has none yet is taken")
    func named() throws {
        let names = try TestNameServer()
        names.set("good.shop.example", ["93.184.216.34"])
        names.set("mixed.shop.example", ["93.184.216.34", "10.0.0.7"])
        names.set("metadata.shop.example", ["169.254.169.254"])
        let stack = try TestStack(environment: ["DRAPE_NAME_SERVERS": names.address])
        let tenant = try stack.makeTenant()
        let made = try tenant.hook("https://good.shop.example/hook")
        #expect(made.status == 201)
        #expect(try tenant.hook("https://later.shop.example/hook").status == 201)
        let path = "/api/v1/webhooks/\(made.string("id"))"
        for host in ["mixed", "metadata"] {
            let answer = try tenant.hook("https://\(host).shop.example/hook")
            #expect(answer.status == 400 && answer.text.contains(#""pointer":"/url""#), "\(answer)")
            #expect(
                try tenant.client.send("PATCH", path, json: #"{"url":"https://\#(host).shop.example/"}"#).status == 400)
        }
    }

    @Test("an ordered webhook gets its events in their order, each after the one before it has succeeded")
    func ordered() async throws {
        #expect(try make(#","ordered":true"#).status == 201)
        for _ in 0..<2 { receiver.answer(.internalServerError) }
        for number in 0..<6 { try send(#"{"n":\#(number)}"#) }
        let worker = try stack.startWorker(["DRAPE_WORKER_ROLES": "webhooks,maintenance"])
        try await poll("the first attempt") { receiver.received.count == 1 }
        // Redis loses everything, also the limits: MariaDB has the order.
        stack.redis.command(["FLUSHALL"])
        for round in 1...2 {
            _ = stack.sql("UPDATE webhook_deliveries SET next_attempt_at = NOW(3) WHERE attempts = \(round)")
            for name in stack.redis.command(["KEYS", "queue:*:webhooks:resting"]).split(separator: "\n") {
                for lane in stack.redis.command(["ZRANGE", String(name), "0", "-1"]).split(separator: "\n") {
                    stack.redis.command(["ZADD", String(name), "1", String(lane)])
                }
            }
            try await poll("the next attempt", within: .seconds(60)) { receiver.received.count > round }
        }
        try await poll("all deliveries", within: .seconds(60)) {
            stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'") == "6"
        }
        let numbers = receiver.received.compactMap { received in
            String(decoding: received.body, as: UTF8.self).firstMatch(of: #/"n":(\d)/#)?.1
        }
        #expect(numbers == ["0", "0", "0", "1", "2", "3", "4", "5"])
        #expect(worker.isReady)
    }

    @Test("statistics count deliveries and attempts by hour, with the times of the attempts")
    func statistics() async throws {
        let path = "/api/v1/webhooks/\(try make("").string("id"))"
        let empty = try tenant.client.get("\(path)/stats")
        #expect(empty.status == 200 && empty["total.p50Ms"]?.kind == .null && empty["hours"]?.elements?.isEmpty == true)
        let worker = try stack.startWorker()
        for _ in 0..<4 { try send() }
        receiver.answer(.ok)
        try await poll("the deliveries") { try tenant.client.get("\(path)/stats").integer("total.delivered") == 4 }
        receiver.answer(.gone)
        try send()
        try await poll("the failure") { try tenant.client.get("\(path)/stats?hours=2").integer("total.failed") == 1 }
        let stats = try tenant.client.get("\(path)/stats")
        #expect(stats.integer("total.attempts") == 5 && stats.integer("total.attemptsFailed") == 1)
        #expect(stats.integer("hours.0.attempts") ?? 0 > 0)
        #expect(try #require(stats.integer("total.p95Ms")) >= #require(stats.integer("total.p50Ms")))
        #expect(try tenant.client.get("\(path)/stats?hours=0").status == 400)
        #expect(try stack.makeTenant().client.get("\(path)/stats").status == 404)
        #expect(worker.isReady)
    }

    @Test("an operator checks a webhook that a receiver got, and is told why it is not valid")
    func verified() async throws {
        let secret = try make("").string("secret")
        let worker = try stack.startWorker()
        try send(#"{"a":"b"}"#)
        try await poll("the delivery") { receiver.received.count == 1 }
        let received = receiver.received[0]
        let lines = received.fields.map { "\($0): \($1)" }.joined(separator: "\n")
        let (headers, body) = ("\(stack.directory)/headers", "\(stack.directory)/body")
        try Data(lines.utf8).write(to: URL(filePath: headers))
        try Data(received.body).write(to: URL(filePath: body))
        func verify(_ more: String, body: String) -> (code: Int32, output: String) {
            Shell.status("sh", ["-c", "\(TestPlace.products)/drapectl webhook verify \(more) < \(body)"])
        }
        #expect(verify("--secret \(secret) --headers \(headers)", body: body).output.hasPrefix("valid"))
        #expect(verify("--secret whsec_\(secret) --headers \(headers)", body: body).code == 0)
        let other = verify("--secret \(String(secret.reversed())) --headers \(headers)", body: body)
        #expect(other.code == 1 && other.output.contains("another secret, or the body was changed"))
        #expect(verify("--secret \(secret) --headers \(headers)", body: headers).code == 1)
        _ = Shell.run("sed", ["-i", "s/^webhook-timestamp: .*/webhook-timestamp: 1614265330/", headers])
        let old = verify("--secret \(secret) --headers \(headers)", body: body)
        #expect(old.code == 1 && old.output.contains("seconds ago"))
        #expect(verify("--secret \(secret) --headers /nowhere", body: body).code == 64)
        // Source: Standard Webhooks, the vector of its libraries.
        let vector =
            "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n"
            + "webhook-signature: v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        try Data(vector.utf8).write(to: URL(filePath: headers))
        try Data(#"{"test": 2432232314}"#.utf8).write(to: URL(filePath: body))
        let known = "--secret MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --headers \(headers)"
        #expect(verify("\(known) --any-time", body: body).code == 0)
        #expect(verify(known, body: body).code == 1)
        #expect(worker.isReady)
    }
}
