import Foundation
import TestKit
import Testing

@testable import Ingress

/// Organisations, keys, credits and customers, against a real ingress with real stores.
@Suite("Tenants")
struct TenancyTests {
    @Test("an organisation is made, listed, changed, and seen by its own members alone")
    func organizations() throws {
        let stack = try TestStack()
        let made = try stack.admin.post(
            "/api/organizations", #"{"name":"Größe & Co","billingEmail":"a@b.example"}"#)
        #expect(made.status == 201)
        #expect(made.string("plan") == "free")
        #expect(made.integer("credits") == 0)
        let id = made.string("id")
        #expect(made.fields["location"] == "/api/organizations/\(id)")
        let changed = try stack.admin.send(
            "PATCH", "/api/organizations/\(id)", json: #"{"plan":"growth","name":"New"}"#)
        #expect(changed.string("plan") == "growth")
        #expect(changed.string("name") == "New")
        #expect(changed.string("billingEmail") == "a@b.example")
        #expect(try stack.admin.get("/api/organizations?limit=1").string("data.0.id") == id)
        let owner = stack.client.with(token: stack.token("owner", organization: id))
        #expect(try owner.get("/api/organizations/\(id)").status == 200)
        #expect(try owner.get("/api/organizations").status == 403)
        #expect(try owner.send("PATCH", "/api/organizations/\(id)", json: #"{"plan":"enterprise"}"#).status == 403)
        let viewer = stack.client.with(token: stack.token("viewer", organization: id))
        #expect(try viewer.send("PATCH", "/api/organizations/\(id)", json: #"{"name":"X"}"#).status == 403)
        let stranger = stack.client.with(token: stack.token("owner", organization: "org_00000000000000000000000001"))
        #expect(try stranger.get("/api/organizations/\(id)").status == 404)
        #expect(try stack.client.get("/api/organizations/\(id)").status == 401)
        #expect(try stack.client.with(token: "a.b.c").get("/api/organizations").string("code") == "invalid_token")
    }

    @Test("a grant counts once for each reference, and the ledger adds up")
    func grants() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let path = "/api/organizations/\(tenant.organizationID)/credits"
        let first = try tenant.admin.post(path, #"{"amount":50,"reference":"invoice 7"}"#)
        #expect(first.status == 201)
        #expect(first.integer("balance") == 150)
        let again = try tenant.admin.post(path, #"{"amount":50,"reference":"invoice 7"}"#)
        #expect(again.status == 201)
        #expect(again.integer("balance") == 150)
        #expect(again.fields["idempotent-replayed"] == "true")
        #expect(try tenant.admin.post(path, #"{"amount":51,"reference":"invoice 7"}"#).status == 409)
        #expect(try tenant.admin.post(path, #"{"amount":50,"reference":"Invoice 7"}"#).integer("balance") == 200)
        for amount in ["0", "-5", "1000000001", "1.5", "\"5\""] {
            let refused = try tenant.admin.post(path, #"{"amount":\#(amount),"reference":"x"}"#)
            #expect(refused.status == 400, "\(amount)")
            #expect(refused.pointers == ["/amount"])
        }
        let beyond = try tenant.admin.post(path, #"{"amount":1000000000000000000000000000000,"reference":"x"}"#)
        #expect(beyond.pointers == ["/amount"])
        let huge = try tenant.admin.post(path, #"{"amount":99999999999999999999,"reference":"x"}"#)
        #expect(huge.status == 400)
        #expect(try tenant.client.post(path, #"{"amount":1,"reference":"x"}"#).status == 401)
        let sums = stack.sql(
            "SELECT o.credits, SUM(l.amount) FROM organizations o JOIN credit_ledger l ON l.organization_id = o.id "
                + "WHERE o.id = '\(tenant.organizationID)' GROUP BY o.id")
        #expect(sums == "200\t200")
        let credits = try tenant.client.get("/api/v1/credits")
        #expect(credits.text == #"{"balance":200,"held":0,"available":200}"#)
    }

    @Test("grants that race under one reference count once")
    func racingGrants() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 1)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    try tenant.admin.post(
                        "/api/organizations/\(tenant.organizationID)/credits", #"{"amount":10,"reference":"r"}"#
                    ).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 201, count: 12))
        #expect(stack.sql("SELECT credits FROM organizations WHERE id = '\(tenant.organizationID)'") == "11")
    }

    @Test("a key's text is shown once, and only its hash is kept")
    func keys() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let secret = try #require(APIKeySecret(tenant.key))
        let row = stack.sql("SELECT key_hash, key_prefix FROM api_keys WHERE id = '\(tenant.keyID)'")
        #expect(row == "\(secret.hash)\t\(secret.publicPrefix)")
        let list = try tenant.admin.get("/api/organizations/\(tenant.organizationID)/api-keys")
        #expect(list.string("data.0.id") == tenant.keyID)
        #expect(!list.text.contains(tenant.key))
        #expect(list["data.0.key"] == nil)
    }

    @Test("a revoked, disabled or expired key is refused at once, and its scopes hold")
    func keyLife() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let path = "/api/organizations/\(tenant.organizationID)/api-keys"
        func code(_ key: String) throws -> String {
            try stack.client.with(key: key).get("/api/v1/credits").string("code")
        }
        func make(_ more: String) throws -> TestAnswer {
            try tenant.admin.post(path, #"{"name":"k","scopes":["credits:read"],"environment":"live"\#(more)}"#)
        }
        let key = try make("")
        let text = key.string("key")
        #expect(try code(text) == "")
        #expect(try stack.client.with(key: text).get("/api/v1/customers").string("code") == "insufficient_scope")
        let one = "\(path)/\(key.string("id"))"
        #expect(try tenant.admin.send("PATCH", one, json: #"{"isActive":false}"#).status == 200)
        #expect(try code(text) == "key_disabled")
        #expect(try tenant.admin.send("PATCH", one, json: #"{"isActive":true,"scopes":["all"]}"#).status == 200)
        #expect(try stack.client.with(key: text).get("/api/v1/customers").status == 200)
        #expect(try tenant.admin.delete(one).status == 204)
        #expect(try code(text) == "invalid_key")
        #expect(try tenant.admin.delete(one).status == 204)
        #expect(try tenant.admin.delete("\(path)/key_00000000000000000000000000").status == 404)
        let expired = try make(#","expiresAt":"2020-01-01T00:00:00Z""#)
        #expect(expired.status == 201)
        #expect(try code(expired.string("key")) == "key_expired")
        let elsewhere = try make(#","allowedIps":["192.0.2.0/24"]"#)
        #expect(try code(elsewhere.string("key")) == "ip_not_allowed")
        #expect(try code("") == "missing_key" || code("") == "invalid_key")
        #expect(try code("drape_live_nonsense") == "invalid_key")
        #expect(try code(APIKeySecret(environment: .live).text) == "invalid_key")
        #expect(try stack.client.get("/api/v1/credits").string("code") == "missing_key")
        let bearer = stack.client.with(token: tenant.key)
        #expect(try bearer.get("/api/v1/credits").status == 200)
    }

    @Test("suspending an organisation stops its keys, and lifting it lets them in")
    func suspension() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        let path = "/api/organizations/\(tenant.organizationID)"
        #expect(try tenant.admin.send("PATCH", path, json: #"{"status":"suspended"}"#).status == 200)
        #expect(try tenant.client.get("/api/v1/credits").string("code") == "organization_suspended")
        #expect(try tenant.admin.send("PATCH", path, json: #"{"status":"active"}"#).status == 200)
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
    }

    @Test("a key has its limit, which its headers show, and a change of plan holds at once")
    func limits() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(plan: "free", more: #","rateLimitPerMinute":5"#)
        for left in (0..<5).reversed() {
            let answer = try tenant.client.get("/api/v1/credits")
            #expect(answer.status == 200)
            #expect(answer.fields["x-ratelimit-limit"] == "5")
            #expect(answer.fields["x-ratelimit-remaining"] == String(left))
            #expect(answer.fields["ratelimit-policy"] == "\"key\";q=5;w=60")
        }
        let refused = try tenant.client.get("/api/v1/nothing-here")
        #expect(refused.status == 404)
        let limited = try tenant.client.get("/api/v1/credits")
        #expect(limited.status == 429)
        #expect(limited.string("code") == "rate_limited")
        #expect(Int(limited.fields["retry-after"] ?? "").map { (1...12).contains($0) } == true)
        let raised = try tenant.admin.send(
            "PATCH", "/api/organizations/\(tenant.organizationID)/api-keys/\(tenant.keyID)",
            json: #"{"rateLimitPerMinute":6000}"#)
        #expect(raised.status == 200)
        #expect(try tenant.client.get("/api/v1/credits").fields["x-ratelimit-limit"] == "6000")
    }

    @Test("a clock that was set back does not lock a key out")
    func clock() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(plan: "free")
        var name = ""
        // Redis forgets the arrival time a second after the request.
        try await poll("the arrival time") {
            let status = try tenant.client.get("/api/v1/credits").status
            #expect(status == 200)
            name = stack.redis.command(["KEYS", "ratelimit:api:*"])
            return name != ""
        }
        stack.redis.command(["SET", name, "99999999999999999"])
        let answer = try tenant.client.get("/api/v1/credits")
        #expect(answer.status == 429)
        #expect(Int(answer.fields["retry-after"] ?? "").map { $0 <= 2 } == true)
    }

    @Test("an address without a valid key is limited, and its valid keys are not")
    func addresses() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        for _ in 0..<100 {
            #expect(try stack.client.with(key: "wrong").get("/api/v1/credits").status == 401)
        }
        let limited = try stack.client.with(key: "wrong").get("/api/v1/credits")
        #expect(limited.status == 429)
        #expect(limited.fields["retry-after"] != nil)
        let answer = try tenant.client.get("/api/v1/credits")
        #expect(answer.status == 200, "\(answer)")
        #expect(try stack.client.get("/health").status == 200)
    }

    @Test("failures that were counted in the background reach Redis, each once")
    func failuresInRedis() async throws {
        let stack = try TestStack()
        for _ in 0..<37 {
            #expect(try stack.client.with(key: "wrong").get("/api/v1/credits").status == 401)
        }
        var name = ""
        try await poll("the count in Redis") {
            name = stack.redis.command(["KEYS", "ratelimit:address:*"])
            return name != "" && stack.redis.command(["GET", name]) == "37"
        }
        #expect((1...900).contains(Int(stack.redis.command(["TTL", name])) ?? 0))
    }

    @Test("a key at its limit is refused before its body is read, and the refusals are not counted")
    func limitBeforeBody() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(plan: "free", more: #","rateLimitPerMinute":1"#)
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        let name = stack.redis.command(["KEYS", "ratelimit:api:*"])
        let arrival = stack.redis.command(["GET", name])
        for body in ["{}", "not JSON", "{}", "not JSON"] {
            let refused = try tenant.client.send("POST", "/api/v1/cart-tryons", json: body)
            #expect(refused.status == 429)
            #expect(refused.fields["x-ratelimit-limit"] == "1")
            #expect(refused.fields["x-ratelimit-remaining"] == "0")
            #expect(Int(refused.fields["retry-after"] ?? "").map { (1...60).contains($0) } == true)
        }
        #expect(stack.redis.command(["GET", name]) == arrival)
        stack.redis.command(["DEL", name])
        #expect(try tenant.client.send("POST", "/api/v1/cart-tryons", json: "not JSON").status == 400)
    }

    @Test("an address without a valid token is limited, too")
    func tokens() throws {
        let stack = try TestStack()
        for _ in 0..<100 {
            #expect(try stack.client.with(token: "wrong").get("/api/organizations").status == 401)
        }
        let limited = try stack.client.with(token: "wrong").get("/api/organizations")
        #expect(limited.status == 429)
        #expect(limited.string("code") == "rate_limited")
        #expect(try stack.admin.get("/api/organizations").status == 200)
    }

    @Test("when Redis has lost everything, requests find their way back to MariaDB")
    func emptyRedis() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 7)
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        stack.redis.command(["FLUSHALL"])
        #expect(try tenant.client.get("/api/v1/credits").integer("balance") == 7)
        let mirrored = stack.redis.command(["KEYS", "credits:*"])
        #expect(stack.redis.command(["HGET", mirrored, "balance"]) == "7")
    }

    @Test("without Redis a keyed request is refused with 503, and served when it is back")
    func withoutRedis() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        stack.redis.kill()
        let refused = try tenant.client.get("/api/v1/credits")
        #expect(refused.status == 503)
        #expect(refused.string("code") == "store_unavailable")
        #expect(refused.fields["retry-after"] != nil)
        try await poll { try stack.client.get("/health").status == 503 }
        #expect(try stack.client.get("/health").string("checks.redis") == "failing")
        try stack.redis.start()
        try await poll { try tenant.client.get("/api/v1/credits").status == 200 }
    }

    @Test("a wrong configuration is one list of faults and exit status 78; a port in use is one sentence")
    func configuration() throws {
        let program = "\(TestPlace.products)/drape-ingress"
        let wrong = Shell.status(program, [], environment: ["PORT": "x", "JWT_SECRET": "short"])
        #expect(wrong.code == 78)
        for name in ["PORT", "JWT_SECRET", "DATABASE_URL", "REDIS_URL", "DRAPE_SECRET_KEY"] {
            #expect(wrong.output.contains(name), "\(name)")
        }
        #expect(!wrong.output.contains("short"))
        let stack = try TestStack()
        let second = Shell.status(program, [], environment: stack.environment)
        #expect(second.code == 1)
        #expect(second.output.hasSuffix("the port is in use by another process; set PORT to a free one"))
        let unmigrated = Shell.status(
            program, [], environment: stack.environment.merging(["DATABASE_URL": stack.mariadb.makeSchema().url]) { $1 }
        )
        #expect(unmigrated.output.contains("drapectl migrate up"))
    }
}
