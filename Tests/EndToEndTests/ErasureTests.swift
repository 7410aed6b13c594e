import Foundation
import Platform
import TestKit
import Testing

/// Erasure of a customer: it leaves neither name nor picture, at any stage of the customer's sessions.
@Suite("Erasure")
struct ErasureTests {
    private static let failure = #""level":"error""#
    private static let metadata = #""metadata":{"note":"for Alexis"}"#

    private static func submit(_ tenant: TestTenant, _ garment: String, quality: String = "SD") throws -> String {
        let answer = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"{"customerId":"shopper-42","quality":"\#(quality)","items":[{"sku":"S","garmentId":"\#(garment)"}],\#(metadata)}"#
        )
        #expect(answer.status == 201, "\(answer)")
        return answer.string("id")
    }

    /// Expects that MariaDB has no personal data, link or result path of the session.
    private static func expectForgotten(_ stack: TestStack, _ id: String) {
        #expect(
            stack.sql("SELECT CONCAT('<', customer_id, '>', metadata) FROM cart_tryon_sessions WHERE id = '\(id)'")
                == "<>{}")
        let bodies = stack.sql("SELECT body FROM webhook_events WHERE subject_id = '\(id)'")
        #expect(!bodies.isEmpty)
        #expect(!bodies.contains("shopper-42") && !bodies.contains("Alexis") && !bodies.contains("/files/"))
        #expect(stack.sql("SELECT result_path FROM cart_tryon_items WHERE session_id = '\(id)'") == "NULL")
    }

    /// The body that Redis stores for a waiting session.
    private static func job(_ stack: TestStack, _ id: String) -> String {
        stack.redis.command(["HGET", stack.redis.command(["KEYS", "session:*\(id)"]), "body"])
    }

    private static func files(_ stack: TestStack) -> [String] {
        let found = FileManager.default.enumerator(atPath: "\(stack.directory)/objects")
        return (found?.allObjects as? [String] ?? []).filter {
            $0.hasSuffix(".jpg") || $0.contains("/photos/")
        }
    }

    @Test("a session that waits forgets its customer at once, and ends unpaid")
    func waiting() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        try tenant.keepEvents()
        let catalogue = try TestPictures.catalogue(tenant)
        let id = try Self.submit(tenant, try #require(catalogue["tee"]))
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        let job = Self.job(stack, id)
        #expect(job.contains(try #require(catalogue["tee"])))
        #expect(!job.contains("shopper-42") && !job.contains("Alexis"))
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(id)
        let view = try tenant.client.get("/api/v1/cart-tryons/\(id)")
        #expect(view.string("status") == "failed")
        #expect(view.string("error.code") == "photo_unavailable")
        #expect(try tenant.client.get("/api/v1/credits").integer("available") == 10)
        Self.expectForgotten(stack, id)
        #expect(Self.files(stack) == [])
        #expect(!worker.log.contains(Self.failure))
    }

    @Test("a session under way ends without a picture and refunded, and what was rendered is deleted")
    func processing() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        try tenant.keepEvents()
        let catalogue = try TestPictures.catalogue(tenant)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let id = try Self.submit(tenant, try #require(catalogue["tee"]), quality: "4K")
        try await poll("the charge") {
            stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'") == "processing"
        }
        try worker.signal(SIGSTOP)
        #expect(try tenant.status(id) == "processing")
        try await poll("the erasure") { try tenant.client.delete("/api/v1/customers/shopper-42").status == 204 }
        try worker.signal(SIGCONT)
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "failed")
        #expect(try tenant.client.get("/api/v1/credits").integer("balance") == 10)
        Self.expectForgotten(stack, id)
        stack.expectAccountsToBalance()
        #expect(stack.sql("SELECT COUNT(*) FROM erasures") != "0")
        // A worker sweeps when it starts.
        _ = stack.sql("UPDATE erasures SET due_at = '2020-01-01'")
        worker.kill()
        try worker.start()
        try await poll("the last files") { Self.files(stack) == [] }
        try await poll("an empty list") { stack.sql("SELECT COUNT(*) FROM erasures") == "0" }
    }

    @Test("a completed session, its event and its links know nothing any more")
    func completed() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant(credits: 10)
        try tenant.keepEvents()
        let catalogue = try TestPictures.catalogue(tenant)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let id = try Self.submit(tenant, try #require(catalogue["tee"]))
        try await tenant.waitForEnd(id)
        let link = TestPictures.local(try tenant.client.get("/api/v1/cart-tryons/\(id)").string("items.0.resultUrl"))
        #expect(try stack.client.get(link).status == 200)
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        #expect(try stack.client.get(link).status == 404)
        Self.expectForgotten(stack, id)
        let event = stack.sql("SELECT body FROM webhook_events WHERE subject_id = '\(id)'")
        let parser = JSONParserHandle(bytesMax: 1 << 20)
        let members = try #require(try parser.parse(Array(event.utf8)).root.members)
        #expect(members.map(\.name) == ["id", "type", "createdAt", "organizationId", "data"])
        #expect(Timestamp(members[2].value.string ?? "") != nil)
        #expect(Self.files(stack) == [])
        #expect(try tenant.client.get("/api/v1/cart-tryons/\(id)").status == 200)
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 404)
        #expect(stack.sql("SELECT COUNT(*) FROM erasures") == "0")
        #expect(!worker.log.contains(Self.failure))
    }

    @Test("what a process that died has left of an erasure is swept up, and expired idempotency keys with it")
    func swept() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        try tenant.keepEvents()
        let catalogue = try TestPictures.catalogue(tenant)
        let path = stack.sql("SELECT object_path FROM photos")
        let files = Self.files(stack)
        #expect(files.count == 4 && files.contains(path))
        let left = files.map { "('b', 'file', '\($0)', '2020-01-01')" }.joined(separator: ", ")
        stack.redis.command(["SET", "ref:left", "1"])
        // Its photo is deleted while it waits, by an ingress that died before it changed the waiting job.
        let waiting = try Self.submit(tenant, try #require(catalogue["tee"]))
        let photo = stack.sql("SELECT id FROM photos")
        _ = stack.sql("UPDATE photos SET deleted_at = NOW(3)")
        #expect(Self.job(stack, waiting).contains("Alexis"))
        _ = stack.sql(
            """
            INSERT INTO erasures (batch, kind, name, due_at) VALUES \(left),
                ('b', 'key', 'ref:left', '2020-01-01'), ('b', 'tickets', '\(tenant.organizationID) \(photo)', '2020-01-01'), ('b', 'file', 'enterprise/org-x/photos/none', '2020-01-01');
            INSERT INTO idempotency_keys (organization_id, environment, key_hash, fingerprint, created_at, expires_at)
                VALUES ('org_x', 'live', 'old', '', '2020-01-01', '2020-01-02'),
                ('org_x', 'live', 'new', '', '2020-01-01', '2999-01-02')
            """)
        let worker = try stack.startWorker()
        try await poll("the sweep") { stack.sql("SELECT COUNT(*) FROM erasures") == "0" }
        #expect(Self.files(stack) == [])
        #expect(stack.redis.command(["EXISTS", "ref:left"]) == "0")
        #expect(stack.sql("SELECT key_hash FROM idempotency_keys WHERE organization_id = 'org_x'") == "new")
        #expect(!worker.log.contains(Self.failure))
    }
}
