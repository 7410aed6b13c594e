import Domain
import Foundation
import Platform
import TestKit
import Testing

@testable import Ingress

/// Every type of the catalogue is really sent, with the data that the catalogue says.
@Suite("Event catalogue")
struct EventCatalogueTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let receiver: TestReceiver

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant(credits: 12)
        receiver = try TestReceiver()
    }

    private var types: Set<String> { Set(receiver.received.compactMap { $0.fields["x-webhook-event"] }) }

    private func tryOn(_ garments: [String], customer: String = "shopper-42") throws -> String {
        try tenant.tryOn(garments, customer: customer).string("id")
    }

    /// Makes each event about sessions and credits happen.
    private func runSessions(_ garment: String) async throws -> TestWorker {
        let path = "/api/organizations/\(tenant.organizationID)"
        #expect(try tenant.admin.send("PATCH", path, json: #"{"lowCreditsThreshold":11}"#).status == 200)
        let canceled = try tryOn([garment])
        #expect(try tenant.client.post("/api/v1/cart-tryons/\(canceled)/cancel", "").status == 200)
        // Two of its items fail: their files are not there.
        let partial = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"""
            {"customerId":"shopper-42","quality":"SD","items":[{"sku":"a","garmentId":"\#(garment)"},
             {"sku":"b","garmentUrl":"https://127.0.0.1:9999/x.png","category":"top"}]}
            """#)
        let failed = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"""
            {"customerId":"shopper-42","quality":"SD","items":[
             {"sku":"b","garmentUrl":"https://127.0.0.1:9999/x.png","category":"top"}]}
            """#)
        #expect(partial.status == 201 && failed.status == 201)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_WEBHOOK_PENDING_MAX": "100"])
        try await tenant.waitForEnd(partial.string("id"))
        try await tenant.waitForEnd(failed.string("id"))
        let whole = try tryOn([garment])
        try await tenant.waitForEnd(whole)
        // What is left is spent.
        let left = try #require(try tenant.client.get("/api/v1/credits").integer("available"))
        let last = try tryOn((0..<left).map { _ in garment })
        try await tenant.waitForEnd(last)
        try await expire(garment)
        return worker
    }

    /// A session that has waited for more than a day: one with an old id is enqueued by hand.
    private func expire(_ garment: String) async throws {
        _ = try tenant.admin.post(
            "/api/organizations/\(tenant.organizationID)/credits", #"{"amount":5,"reference":"more"}"#)
        let shard = RedisKeys(shardCount: 16).shard(of: try #require(OrganizationID(tenant.organizationID)))
        let keys = RedisKeys(shardCount: 16)
        var random = SystemRandomSource()
        let old = SessionID(at: SystemClock().now() + .seconds(-90_000), random: &random)
        let key = try #require(APIKeyID(tenant.keyID))
        let job = TryOnJob(
            organizationID: try #require(OrganizationID(tenant.organizationID)), environment: .live, keyID: key,
            customerID: "shopper-42", cartID: nil, quality: .sd,
            items: [TryOnJob.Item(sku: "s", garmentID: GarmentID(garment), garmentURL: nil, category: nil)],
            metadata: Array("{}".utf8), requestID: "r", traceparent: nil, idempotencyHash: nil, fingerprint: nil)
        let photo = stack.sql("SELECT id FROM photos LIMIT 1")
        stack.redis.command([
            "HSET", keys.job(.sessions, shard: shard, old.description), "lane", tenant.organizationID, "weight", "1",
            "body", String(decoding: job.json.bytes, as: UTF8.self), "photo", photo, "remaining", "0",
        ])
        let queue = keys.queue(.sessions, shard: shard)
        stack.redis.command(["LPUSH", "\(queue):lane:\(tenant.organizationID)", old.description])
        stack.redis.command(["SADD", "\(queue):ringed", tenant.organizationID])
        stack.redis.command(["LPUSH", "\(queue):ring", tenant.organizationID])
        try await poll("the expiry", within: .seconds(30)) { types.contains("tryon.expired") }
    }

    /// Makes each event about keys, customers and webhooks happen.
    private func runOthers(_ worker: TestWorker) async throws {
        let keys = "/api/organizations/\(tenant.organizationID)/api-keys"
        let made = try tenant.admin.post(keys, #"{"name":"second","scopes":["all"],"environment":"live"}"#)
        let key = "\(keys)/\(made.string("id"))"
        #expect(try tenant.admin.send("PATCH", key, json: #"{"isActive":false}"#).status == 200)
        #expect(try tenant.admin.send("PATCH", key, json: #"{"isActive":true}"#).status == 200)
        #expect(try tenant.admin.delete(key).status == 204)
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"leaves"}"#).status == 201)
        #expect(try tenant.client.delete("/api/v1/customers/leaves").status == 204)
        let gone = try TestReceiver()
        gone.answer(.gone)
        let hook = try tenant.hook(gone.url(), #""order.paid""#).string("id")
        let first = stack.sql("SELECT id FROM webhooks WHERE id <> '\(hook)' ORDER BY id LIMIT 1")
        #expect(try tenant.client.post("/api/v1/webhooks/\(first)/test", "").status == 202)
        _ = try tenant.client.post("/api/v1/events", #"{"type":"order.paid","data":{}}"#)
        try await poll("the disabled webhook") { types.contains("webhook.disabled") && gone.received.count == 1 }
        // Too many wait for an endpoint.
        let slow = try tenant.hook(receiver.url("/slow"), #""order.sent""#).string("id")
        _ = stack.sql(
            """
            INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, next_attempt_at, created_at)
            SELECT CONCAT('dlv_', LPAD(seq, 26, '0')), '\(tenant.organizationID)', CONCAT('evt_', LPAD(seq, 26, '0')),
                '\(slow)', NOW(3) + INTERVAL 1 DAY, NOW(3) FROM seq_1_to_120
            """)
        try await poll("the full webhook", within: .seconds(60)) { types.contains("webhook.saturated") }
        #expect(stack.sql("SELECT is_full FROM webhooks WHERE id = '\(slow)'") == "1")
        _ = try tenant.client.post("/api/v1/events", #"{"type":"order.sent","data":{}}"#)
        try await poll("the skipped delivery") {
            stack.sql("SELECT status FROM webhook_deliveries WHERE webhook_id = '\(slow)' ORDER BY id DESC LIMIT 1")
                == "skipped"
        }
        #expect(try worker.client.get("/metrics").text.contains("drape_webhooks_full 1"))
        _ = stack.sql("DELETE FROM webhook_deliveries WHERE webhook_id = '\(slow)' AND status = 'pending'")
        try await poll("its recovery", within: .seconds(60)) {
            stack.sql("SELECT is_full FROM webhooks WHERE id = '\(slow)'") == "0"
        }
    }

    @Test("every type is sent when the catalogue says, with data of its schema", .timeLimit(.minutes(4)))
    func sent() async throws {
        #expect(try tenant.hook(receiver.url(), #""*""#).status == 201)
        let garment = try TestPictures.catalogue(tenant)["tee"] ?? ""
        let worker = try await runSessions(garment)
        try await runOthers(worker)
        let expected = Set(EventName.allCases.map(\.rawValue))
        try await poll("every type", within: .seconds(30)) { types.isSuperset(of: expected) }
        #expect(Set(EventCatalogue.all.map(\.name)) == Set(EventName.allCases))
        #expect(EventCatalogue.all.count == EventName.allCases.count)
        let parser = JSONParserHandle(bytesMax: 1 << 20)
        for received in receiver.received {
            let type = received.fields["x-webhook-event"] ?? ""
            let event = try parser.parse(received.body).root
            let data = try #require(event.members?.first { $0.name == "data" }?.value)
            guard let described = EventCatalogue.all.first(where: { $0.name.rawValue == type }) else {
                #expect(type.hasPrefix("order."), "\(type)")
                continue
            }
            #expect(SchemaConformance.faults(data, described.data) == [], "\(type)")
        }
    }

    @Test("the list of types has an example of each, which is JSON of its form")
    func list() throws {
        let answer = try stack.client.get("/api/v1/event-types")
        #expect(answer.status == 200)
        for (index, name) in EventCatalogue.all.map(\.name).enumerated() {
            #expect(answer.string("data.\(index).type") == name.rawValue)
            #expect(answer.string("data.\(index).example.type") == name.rawValue)
            let data = try #require(answer["data.\(index).example.data"])
            #expect(SchemaConformance.faults(data, EventCatalogue.all[index].data) == [], "\(name)")
        }
        // The page has the same types.
        let page = try String(contentsOfFile: "\(TestPlace.root)/docs/webhooks.md", encoding: .utf8)
        for event in EventCatalogue.all {
            #expect(page.contains("| `\(event.name.rawValue)` | \(event.when) |"), "\(event.name)")
        }
    }
}
