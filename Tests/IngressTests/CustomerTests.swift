import TestKit
import Testing

@Suite("Customers")
struct CustomerTests {
    @Test("a customer is made, read, changed, listed and erased")
    func life() throws {
        let tenant = try TestStack().makeTenant()
        let made = try tenant.client.post(
            "/api/v1/customers",
            #"{"externalId":"Shopper 42/ü","email":"s@example.com","name":"Kim","metadata":{"a":"b"}}"#)
        #expect(made.status == 201)
        let path = made.fields["location"] ?? ""
        #expect(path == "/api/v1/customers/Shopper%2042%2F%C3%BC")
        #expect(try tenant.client.get(path).string("externalId") == "Shopper 42/ü")
        let changed = try tenant.client.send("PATCH", path, json: #"{"name":null,"phone":"+49 1"}"#)
        #expect(changed.string("email") == "s@example.com")
        #expect(changed["name"]?.kind == .null)
        #expect(changed.string("phone") == "+49 1")
        #expect(changed.string("metadata.a") == "b")
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"Shopper 42/ü"}"#).status == 409)
        #expect(try tenant.client.delete(path).status == 204)
        #expect(try tenant.client.get(path).status == 404)
        #expect(try tenant.client.delete(path).status == 404)
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"Shopper 42/ü"}"#).status == 201)
    }

    @Test("names are compared exactly: case, spaces and look-alikes make another customer")
    func exactNames() throws {
        let tenant = try TestStack().makeTenant()
        for name in ["shopper-42", "Shopper-42", "shopper-42 ", " shopper-42", "shopper\u{2d}42\u{301}"] {
            #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"\#(name)"}"#).status == 201, "\(name)")
        }
    }

    @Test("a list pages from the newest on, and a cursor leads through all of it")
    func paging() throws {
        let tenant = try TestStack().makeTenant()
        for number in 0..<7 {
            #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"c\#(number)"}"#).status == 201)
        }
        var found: [String] = []
        var path = "/api/v1/customers?limit=3"
        for _ in 0..<3 {
            let page = try tenant.client.get(path)
            found += (page["data"]?.elements ?? []).indices.map { page.string("data.\($0).externalId") }
            path = "/api/v1/customers?limit=3&cursor=\(page.string("nextCursor"))"
        }
        #expect(found == (0..<7).reversed().map { "c\($0)" })
        for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "sort=up"] {
            #expect(try tenant.client.get("/api/v1/customers?\(query)").status == 400, "\(query)")
        }
    }

    @Test("tenants, and the live and test sides of one tenant, do not see each other")
    func isolation() throws {
        let stack = try TestStack()
        let one = try stack.makeTenant()
        let other = try stack.makeTenant()
        let key = try one.admin.post(
            "/api/organizations/\(one.organizationID)/api-keys",
            #"{"name":"t","scopes":["all"],"environment":"test"}"#)
        let test = stack.client.with(key: key.string("key"))
        #expect(try one.client.post("/api/v1/customers", #"{"externalId":"x"}"#).status == 201)
        for client in [other.client, test] {
            #expect(try client.get("/api/v1/customers/x").status == 404)
            #expect(try client.get("/api/v1/customers")["data"]?.elements?.isEmpty == true)
            #expect(try client.post("/api/v1/customers", #"{"externalId":"x"}"#).status == 201)
        }
    }

    @Test("an idempotency key creates one customer, gives the same answer again, and refuses another body")
    func idempotency() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let client = tenant.client.with(["Idempotency-Key": "once"])
        let first = try client.post("/api/v1/customers", #"{"externalId":"x"}"#)
        let again = try client.post("/api/v1/customers", #"{"externalId":"x"}"#)
        #expect(first.status == 201)
        #expect(again.status == 201)
        #expect(again.body == first.body)
        #expect(again.fields["location"] == first.fields["location"])
        #expect(again.fields["idempotent-replayed"] == "true")
        #expect(first.fields["idempotent-replayed"] == nil)
        let other = try client.post("/api/v1/customers", #"{"externalId":"y"}"#)
        #expect(other.string("code") == "idempotency_mismatch")
        let refused = try tenant.client.with(["Idempotency-Key": "two"]).post(
            "/api/v1/customers", #"{"externalId":"x"}"#)
        #expect(refused.status == 409)
        let mended = try tenant.client.with(["Idempotency-Key": "two"]).post(
            "/api/v1/customers", #"{"externalId":"z"}"#)
        #expect(mended.status == 201)
        let long = tenant.client.with(["Idempotency-Key": String(repeating: "a", count: 256)])
        #expect(try long.post("/api/v1/customers", #"{"externalId":"q"}"#).status == 400)
        let stored = stack.sql("SELECT answer FROM idempotency_keys LIMIT 1")
        #expect(!stored.contains("externalId"))
    }

    @Test("requests that race under one idempotency key make one customer")
    func racing() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let client = tenant.client.with(["Idempotency-Key": "race"])
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 {
                group.addTask { try client.post("/api/v1/customers", #"{"externalId":"x"}"#).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == 201 || $0 == 409 })
        #expect(statuses.contains(201))
        #expect(stack.sql("SELECT COUNT(*) FROM external_customers") == "1")
    }

    static let faults: [(String, String, [String])] = [
        (#"{}"#, "validation_failed", ["/externalId"]),
        (#"{"externalId":7}"#, "validation_failed", ["/externalId"]),
        (#"{"externalId":""}"#, "validation_failed", ["/externalId"]),
        (#"{"externalId":"a\u0000b"}"#, "validation_failed", ["/externalId"]),
        (#"{"externalId":"x","surprise":1,"a/b":2}"#, "validation_failed", ["/a~1b", "/surprise"]),
        (#"{"externalId":"x","externalId":"y"}"#, "validation_failed", ["/externalId"]),
        (
            #"{"externalId":"x","email":"none","phone":[],"name":{}}"#, "validation_failed",
            ["/email", "/phone", "/name"]
        ),
        (#"{"externalId":"x","metadata":{"a":1}}"#, "validation_failed", ["/metadata/a"]),
        (#"{"externalId":"x","metadata":[]}"#, "validation_failed", ["/metadata"]),
        (#"[]"#, "validation_failed", ["/"]),
        (#"{"externalId":"x""#, "malformed_json", []),
        (#""#, "malformed_json", []),
        (#"{"externalId":"\ud800"}"#, "malformed_json", []),
    ]

    @Test("all faults of a body are reported together, each with its pointer", arguments: faults)
    func validation(body: String, code: String, pointers: [String]) throws {
        let tenant = try Self.shared()
        let answer = try tenant.client.post("/api/v1/customers", body)
        #expect(answer.status == 400)
        #expect(answer.string("code") == code)
        #expect(answer.pointers == pointers)
        #expect(answer.fields["content-type"] == "application/problem+json")
    }

    @Test("injections are text, and change nothing else")
    func injections() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let nasty = "x'; DROP TABLE external_customers; -- \\\" %0d%0aX-Evil: 1"
        let escaped = nasty.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let made = try tenant.client.post("/api/v1/customers", "{\"externalId\":\"\(escaped)\"}")
        #expect(made.status == 201)
        #expect(made.string("externalId") == nasty)
        #expect(made.fields["x-evil"] == nil)
        #expect(stack.sql("SELECT COUNT(*) FROM external_customers") == "1")
    }

    @Test("a body of another type, or one too large, is refused")
    func types() throws {
        let tenant = try Self.shared()
        let typed = try tenant.client.send(
            "POST", "/api/v1/customers", type: "text/plain", body: Array(#"{"externalId":"x"}"#.utf8))
        #expect(typed.string("code") == "unsupported_media_type")
        let large = #"{"externalId":"\#(String(repeating: "a", count: 70_000))"}"#
        #expect(try tenant.client.post("/api/v1/customers", large).string("code") == "content_too_large")
    }

    /// One stack, shared by the tests that change nothing.
    static func shared() throws -> TestTenant { try tenant.get() }
    private static let stack = Result { try TestStack() }
    private static let tenant = Result { try stack.get().makeTenant() }
}
