import Domain
import Foundation
import TestKit
import Testing

/// Cart try-ons from the request to the charge and the end, with real daemons and stores.
@Suite("Cart try-ons")
struct SessionTests {
    @Test("a session is accepted, charged once, completed, and its event is there")
    func flow() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        try tenant.keepEvents()
        let catalogue = try tenant.addCatalogue()
        let accepted = try tenant.tryOn([catalogue.garment, catalogue.garment], quality: "HD")
        #expect(accepted.status == 201)
        let id = accepted.string("id")
        #expect(accepted.fields["location"] == "/api/v1/cart-tryons/\(id)")
        #expect(accepted.integer("creditsHeld") == 4)
        #expect(accepted.integer("creditsRemaining") == 96)
        #expect(accepted.string("items.1.sku") == "S1")
        #expect(try tenant.status(id) == "queued")
        #expect(try tenant.client.get("/api/v1/cart-tryons").string("data.0.id") == id)
        #expect(try tenant.client.get("/api/v1/credits").text == #"{"balance":100,"held":4,"available":96}"#)
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(id)
        let done = try tenant.client.get("/api/v1/cart-tryons/\(id)")
        #expect(done.string("status") == "completed")
        #expect(done.string("items.0.status") == "completed")
        #expect(done.string("items.0.id") == accepted.string("items.0.id"))
        #expect(done.string("createdAt") == accepted.string("createdAt"))
        #expect(done.integer("costCredits") == 4)
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":96,"held":0,"available":96}"# }
        #expect(stack.sql("SELECT type, subject_id FROM webhook_events") == "tryon.completed\t\(id)")
        #expect(try tenant.client.get("/api/v1/cart-tryons").string("data.0.status") == "completed")
        #expect(try worker.client.get("/metrics").text.contains(#"drape_sessions_ended_total{status="completed","#))
        stack.expectAccountsToBalance()
    }

    @Test("an idempotency key makes one session, and its replay is the same to the byte")
    func idempotency() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let catalogue = try tenant.addCatalogue()
        let first = try tenant.tryOn([catalogue.garment], idempotencyKey: "cart 1")
        let again = try tenant.tryOn([catalogue.garment], idempotencyKey: "cart 1")
        #expect(again.status == 201)
        #expect(again.body == first.body)
        #expect(again.fields["idempotent-replayed"] == "true")
        #expect(first.fields["idempotent-replayed"] == nil)
        let other = try tenant.tryOn([catalogue.garment, catalogue.garment], idempotencyKey: "cart 1")
        #expect(other.string("code") == "idempotency_mismatch")
        #expect(try tenant.client.get("/api/v1/credits").integer("held") == 1)
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(first.string("id"))
        // Redis loses everything; MariaDB still has the key.
        stack.redis.command(["FLUSHALL"])
        let second = try tenant.tryOn([catalogue.garment], idempotencyKey: "cart 1")
        #expect(second.status == 201)
        try await tenant.waitForEnd(second.string("id"))
        let view = try tenant.client.get("/api/v1/cart-tryons/\(second.string("id"))")
        #expect(view.string("status") == "canceled")
        #expect(view.string("duplicateOf") == first.string("id"))
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "1")
        #expect(!worker.log.contains("error"))
        stack.expectAccountsToBalance()
    }

    @Test("admissions that race never hold more than there is")
    func racing() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        let catalogue = try tenant.addCatalogue()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<30 { group.addTask { try tenant.tryOn([catalogue.garment]).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 10)
        #expect(statuses.count { $0 == 403 } == 20)
        let refused = try tenant.tryOn([catalogue.garment])
        #expect(refused.string("code") == "insufficient_credits")
        let worker = try stack.startWorker()
        try await poll { stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'") == "10" }
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":0,"held":0,"available":0}"# }
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("a refusal for want of credits looks at MariaDB first")
    func freshCredits() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 1)
        let catalogue = try tenant.addCatalogue()
        #expect(try tenant.tryOn([catalogue.garment]).status == 201)
        // Credits that no ingress has cached.
        _ = stack.sql(
            "UPDATE organizations SET credits = credits + 5, credits_version = credits_version + 1;"
                + "INSERT INTO credit_ledger (organization_id, reference, kind, amount, created_at) VALUES "
                + "('\(tenant.organizationID)', 'grant:aside', 'grant', 5, NOW(3))")
        #expect(try tenant.tryOn([catalogue.garment]).status == 201)
    }

    @Test("test keys cost nothing and meet nothing that is live")
    func testKeys() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 0, environment: "test")
        let catalogue = try tenant.addCatalogue()
        let accepted = try tenant.tryOn([catalogue.garment])
        #expect(accepted.status == 201)
        #expect(accepted.integer("creditsHeld") == 0)
        let live = try tenant.admin.post(
            "/api/organizations/\(tenant.organizationID)/api-keys",
            #"{"name":"l","scopes":["all"],"environment":"live"}"#)
        let client = stack.client.with(key: live.string("key"))
        #expect(try client.get("/api/v1/cart-tryons/\(accepted.string("id"))").status == 404)
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(accepted.string("id"))
        #expect(try tenant.status(accepted.string("id")) == "completed")
        #expect(try worker.client.get("/health").status == 200)
        stack.expectAccountsToBalance()
    }

    @Test("what a try-on refers to must be there, and be this tenant's")
    func references() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let other = try stack.makeTenant()
        let catalogue = try tenant.addCatalogue()
        let foreign = try other.addCatalogue()
        func code(_ answer: TestAnswer) -> String { "\(answer.status) \(answer.string("code")) \(answer.pointers)" }
        #expect(
            code(try tenant.tryOn([catalogue.garment], customer: "nobody")) == #"422 unknown_reference ["/customerId"]"#
        )
        #expect(
            code(try tenant.tryOn([catalogue.garment, foreign.garment]))
                == #"422 unknown_reference ["/items/1/garmentId"]"#)
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"bare"}"#).status == 201)
        #expect(
            code(try tenant.tryOn([catalogue.garment], customer: "bare"))
                == #"422 customer_has_no_photo ["/customerId"]"#)
        func withPhoto(_ photo: String, customer: String = "shopper-42") throws -> TestAnswer {
            try tenant.client.post(
                "/api/v1/cart-tryons",
                #"{"customerId":"\#(customer)","photoId":"\#(photo)","items":[{"sku":"a","garmentId":"\#(catalogue.garment)"}]}"#
            )
        }
        #expect(try withPhoto(catalogue.photo).status == 201)
        #expect(code(try withPhoto(foreign.photo)) == #"422 unknown_reference ["/photoId"]"#)
        #expect(code(try withPhoto(catalogue.photo, customer: "bare")) == #"422 unknown_reference ["/photoId"]"#)
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        #expect(code(try tenant.tryOn([catalogue.garment])) == #"422 unknown_reference ["/customerId"]"#)
    }

    static let faults: [(String, [String])] = [
        (#"{}"#, ["/customerId", "/items"]),
        (#"{"customerId":"c","items":[]}"#, ["/items"]),
        (#"{"customerId":"c","items":[{}]}"#, ["/items/0/sku", "/items/0/garmentId"]),
        (#"{"customerId":"c","items":[7]}"#, ["/items/0"]),
        (#"{"customerId":"c","items":[{"sku":"s","garmentId":"x"}]}"#, ["/items/0/garmentId"]),
        (
            #"{"customerId":"c","items":[{"sku":"s","garmentUrl":"ftp://x/y","category":"top"}]}"#,
            ["/items/0/garmentUrl"]
        ),
        (#"{"customerId":"c","items":[{"sku":"s","garmentUrl":"https://x/y"}]}"#, ["/items/0/category"]),
        (
            #"{"customerId":"c","quality":"8K","items":[{"sku":"s","garmentUrl":"https://x/y","category":"sock"}]}"#,
            ["/items/0/category", "/quality"]
        ),
        (
            #"{"customerId":"c","photoId":"gar_1","cartId":"","extra":1,"items":{}}"#,
            ["/photoId", "/cartId", "/items", "/extra"]
        ),
    ]

    @Test("every fault of the body is reported with its pointer", arguments: faults)
    func validation(body: String, pointers: [String]) throws {
        let tenant = try Self.shared.get()
        let answer = try tenant.client.post("/api/v1/cart-tryons", body)
        #expect(answer.status == 400)
        #expect(answer.string("code") == "validation_failed")
        #expect(Set(answer.pointers) == Set(pointers))
    }

    private static let shared = Result { try TestStack().makeTenant() }

    @Test("an item whose garment is gone costs nothing, and the rest is completed")
    func goneGarment() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let catalogue = try tenant.addCatalogue()
        let second = try tenant.addCatalogue(customer: "other")
        let accepted = try tenant.tryOn([catalogue.garment, second.garment])
        _ = stack.sql("UPDATE garments SET deleted_at = NOW(3) WHERE id = '\(second.garment)'")
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(accepted.string("id"))
        let view = try tenant.client.get("/api/v1/cart-tryons/\(accepted.string("id"))")
        #expect(view.string("status") == "partially_completed")
        #expect(view.string("items.1.error.code") == "garment_unavailable")
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":99,"held":0,"available":99}"# }
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("a suspended organisation's waiting sessions fail, and cost nothing")
    func suspended() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let catalogue = try tenant.addCatalogue()
        let accepted = try tenant.tryOn([catalogue.garment])
        let path = "/api/organizations/\(tenant.organizationID)"
        #expect(try tenant.admin.send("PATCH", path, json: #"{"status":"suspended"}"#).status == 200)
        #expect(try tenant.tryOn([catalogue.garment]).string("code") == "organization_suspended")
        let worker = try stack.startWorker()
        try await poll {
            stack.sql("SELECT status, error_code FROM cart_tryon_sessions") == "failed\torganization_suspended"
        }
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "0")
        #expect(accepted.status == 201)
        #expect(!worker.log.contains("\"level\":\"error\""))
    }
}
