import Domain
import Platform
import TestKit
import Testing

@testable import Ingress

/// Live answers conform to the schemas that the endpoints declare.
@Suite("Response schemas")
struct ResponseSchemaTests {
    /// The declared responses of one endpoint.
    private struct Declared: Sendable {
        let method: String
        let path: String
        let responses: [ResponseSchema]

        /// Whether a path of a request is one of this endpoint's.
        func matches(_ method: String, _ given: String) -> Bool {
            let (mine, theirs) = (path.split(separator: "/"), given.split(separator: "?")[0].split(separator: "/"))
            return self.method == method && mine.count == theirs.count
                && zip(mine, theirs).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
    }

    private let declared: [Declared]

    private init(_ stack: TestStack) async throws {
        let environment = stack.environment.merging(["PORT": "\(TestStack.freePort())"]) { $1 }
        let process = try IngressProcess(configuration: IngressConfiguration(environment: environment))
        let thread = try LoopThread(name: "endpoints")
        declared = await thread.run {
            let redis = RedisStore(keys: process.keys) {
                RedisConnection(
                    loop: thread.loop, endpoint: process.configuration.common.redis,
                    resolver: HostResolver(loop: thread.loop), timeout: .seconds(1), scripts: [],
                    logger: process.daemon.logger, statistics: RedisStatistics())
            }
            let cache = APIKeyCache(mysql: process.mysql, names: process.keys)
            let access = IngressLoop.access(thread.loop, process, redis, cache)
            return Routes.all(Routes.Handlers(thread.loop, process, redis, access.keys)).map {
                Declared(method: $0.method.description, path: $0.path, responses: $0.responses)
            }
        }.value
        thread.stop()
        process.mysql.close()
        process.daemon.close()
    }

    /// Sends a request, checks its answer, and returns it.
    @discardableResult
    private func check(
        _ client: TestClient, _ method: String, _ path: String, _ json: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> TestAnswer {
        let answer = try json.map { try client.send(method, path, json: $0) } ?? client.send(method, path)
        try check(answer, method, path, sourceLocation: sourceLocation)
        return answer
    }

    private func check(
        _ answer: TestAnswer, _ method: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let endpoint = try #require(declared.first { $0.matches(method, path) }, sourceLocation: sourceLocation)
        let response = try #require(
            endpoint.responses.first { $0.status.code == answer.status }, "\(answer)", sourceLocation: sourceLocation)
        let faults: [String]
        switch response.body {
        case .none: faults = answer.text.isEmpty ? [] : ["a body"]
        case .other: faults = []
        case .object(let schema):
            faults = SchemaConformance.faults(
                try JSONParserHandle(bytesMax: 1 << 20).parse(Array(answer.text.utf8)).root, schema)
        case .page(let schema):
            let page = ObjectSchema(
                "Page",
                [
                    FieldSchema("data", .array(.object(schema), count: 1...100), isRequired: true, "", example: ""),
                    FieldSchema("hasMore", .boolean, isRequired: true, "", example: ""),
                    FieldSchema(
                        "nextCursor", .string(26...26), isRequired: true, isNullable: true, "", example: ""),
                ])
            faults = SchemaConformance.faults(
                try JSONParserHandle(bytesMax: 1 << 20).parse(Array(answer.text.utf8)).root, page)
        }
        #expect(faults == [], "\(method) \(path): \(answer.text)", sourceLocation: sourceLocation)
    }

    @Test("organisations, keys and credits")
    static func tenancy() async throws {
        let stack = try TestStack()
        let tests = try await Self(stack)
        let admin = stack.admin
        let made = try tests.check(
            admin, "POST", "/api/organizations",
            #"{"name":"Shop","billingEmail":"shop@example.com","plan":"growth"}"#)
        let path = "/api/organizations/\(made.string("id"))"
        try tests.check(admin, "POST", "\(path)/credits", #"{"amount":100,"reference":"first"}"#)
        try tests.check(admin, "GET", "/api/organizations")
        try tests.check(admin, "GET", path)
        try tests.check(admin, "PATCH", path, #"{"name":"Other"}"#)
        let key = try tests.check(
            admin, "POST", "\(path)/api-keys",
            #"{"name":"k","scopes":["all"],"environment":"live","allowedIps":["127.0.0.0/8"],"expiresAt":"2099-01-01T00:00:00Z"}"#
        )
        try tests.check(admin, "GET", "\(path)/api-keys")
        try tests.check(admin, "PATCH", "\(path)/api-keys/\(key.string("id"))", #"{"rateLimitPerMinute":50}"#)
        try tests.check(stack.client.with(key: key.string("key")), "GET", "/api/v1/credits")
        try tests.check(admin, "DELETE", "\(path)/api-keys/\(key.string("id"))")
        for path in ["/health", "/health/live", "/health/ready", "/metrics"] {
            try tests.check(stack.client, "GET", path)
        }
    }

    @Test("customers, pictures and webhooks")
    static func catalogue() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tests = try await Self(stack)
        let client = try stack.makeTenant().client
        let person = "/api/v1/customers/shopper-42"
        try tests.check(
            client, "POST", "/api/v1/customers",
            #"{"externalId":"shopper-42","email":"a@example.com","name":"Ada","metadata":{"tier":"gold"}}"#)
        try tests.check(client, "POST", "/api/v1/customers", #"{"externalId":"shopper-43"}"#)
        try tests.check(client, "GET", "/api/v1/customers")
        try tests.check(client, "GET", person)
        try tests.check(client, "PATCH", person, #"{"name":null}"#)
        let picture = try TestPictures.sample("person.png")
        for path in ["\(person)/photos", "/api/v1/garments", "/api/v1/garments?category=top"] {
            let made = try TestPictures.upload(client, path, picture)
            try tests.check(made, "POST", path)
            let list = path.replacing("?category=top", with: "")
            try tests.check(client, "GET", list)
            try tests.check(client, "GET", "\(list)/\(made.string("id"))")
            try tests.check(client, "DELETE", "\(list)/\(made.string("id"))")
        }
        let hook = try tests.check(
            client, "POST", "/api/v1/webhooks",
            #"{"url":"http://127.0.0.1:9999/hook","events":["tryon.completed"],"description":"d"}"#)
        try tests.check(client, "GET", "/api/v1/webhooks")
        try tests.check(client, "GET", "/api/v1/webhooks/\(hook.string("id"))")
        try tests.check(client, "PATCH", "/api/v1/webhooks/\(hook.string("id"))", #"{"isActive":true}"#)
        try tests.check(client, "POST", "/api/v1/webhooks/\(hook.string("id"))/recover", "{}")
        try tests.check(client, "POST", "/api/v1/webhooks/\(hook.string("id"))/rotate-secret", #"{"graceHours":1}"#)
        try tests.check(client, "POST", "/api/v1/webhooks/\(hook.string("id"))/test")
        let organization = "(SELECT organization_id FROM webhooks)"
        _ = stack.sql(
            """
            INSERT INTO webhook_events (id, organization_id, environment, subject_id, type, body, created_at)
            VALUES ('evt_06f0000000000000000000000a', \(organization), 'live', 'x', 'tryon.completed', '{}', NOW(3));
            INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, status, attempts, created_at)
            VALUES ('dlv_06f0000000000000000000000a', \(organization), 'evt_06f0000000000000000000000a',
                '\(hook.string("id"))', 'failed', 1, NOW(3));
            INSERT INTO webhook_attempts (delivery_id, attempt, status_code, response, duration_ms, started_at)
            VALUES ('dlv_06f0000000000000000000000a', 1, 500, 'x', 3, NOW(3))
            """)
        let deliveries = "/api/v1/webhooks/\(hook.string("id"))/deliveries"
        try tests.check(client, "GET", deliveries)
        try tests.check(client, "GET", "\(deliveries)/dlv_06f0000000000000000000000a")
        try tests.check(client, "POST", "\(deliveries)/dlv_06f0000000000000000000000a/resend")
        try tests.check(client, "DELETE", "/api/v1/webhooks/\(hook.string("id"))")
        try tests.check(client, "DELETE", person)
    }

    @Test("cart try-ons in every state")
    static func tryOns() async throws {
        let stack = try TestStack()
        let tests = try await Self(stack)
        let tenant = try stack.makeTenant()
        let garments = try TestPictures.catalogue(tenant)
        let items = [garments["tee"], garments["hat"]].compactMap { $0 }
        let made = try tenant.tryOn(items)
        try tests.check(made, "POST", "/api/v1/cart-tryons")
        let path = "/api/v1/cart-tryons/\(made.string("id"))"
        try tests.check(tenant.client, "GET", path)
        try tests.check(tenant.client, "GET", "/api/v1/cart-tryons?limit=1")
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await tenant.waitForEnd(made.string("id"))
        try tests.check(tenant.client, "GET", path)
        // One picture cannot be read, so one item fails.
        let hat = items.last ?? ""
        _ = stack.sql("UPDATE garments SET deleted_at = NOW(3) WHERE id = '\(hat)'")
        let partial = try tenant.tryOn(items)
        try await tenant.waitForEnd(partial.string("id"))
        #expect(try tenant.status(partial.string("id")) != "completed")
        try tests.check(tenant.client, "GET", "/api/v1/cart-tryons/\(partial.string("id"))")
        try tests.check(tenant.client, "GET", "/api/v1/cart-tryons")
        #expect(worker.isReady)
    }

    @Test("every example of a field is JSON of the field's type")
    static func examples() async throws {
        let tests = try await Self(TestStack())
        var count = 0
        for response in tests.declared.flatMap(\.responses) {
            switch response.body {
            case .object(let schema), .page(let schema):
                for field in schema.fields {
                    count += 1
                    let node = try JSONParserHandle(bytesMax: 65_536).parse(Array(field.example.utf8)).root
                    let isOfType =
                        switch field.type {
                        case .string, .choice: node.string != nil
                        case .integer: node.integer != nil
                        case .boolean: node.boolean != nil
                        case .array: node.elements != nil
                        case .object, .anyObject, .stringMap: node.members != nil
                        }
                    #expect(isOfType, "\(schema.name).\(field.name): \(field.example)")
                }
            case .none, .other: break
            }
        }
        #expect(count > 60)
    }
}
