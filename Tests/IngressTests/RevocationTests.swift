import TestKit
import Testing

/// Access rights that change while they are used, and stores that restart meanwhile.
@Suite("Revocation and recovery")
struct RevocationTests {
    @Test("a revocation that could not be confirmed holds when it is sent again")
    func unconfirmed() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        stack.redis.kill()
        let one = "/api/organizations/\(tenant.organizationID)/api-keys/\(tenant.keyID)"
        #expect(try tenant.admin.delete(one).status == 503)
        try stack.redis.start()
        // Each loop of the ingress reconnects to Redis by itself.
        try await poll("the revocation") { try tenant.admin.delete(one).status == 204 }
        try await poll("an answer of Redis") {
            let answer = try tenant.client.get("/api/v1/credits")
            #expect(answer.status != 200)
            return answer.string("code") == "invalid_key"
        }
    }

    @Test("keys that are reloaded while others are revoked never make a revoked one valid again")
    func revocationRace() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let path = "/api/organizations/\(tenant.organizationID)/api-keys"
        for _ in 0..<12 {
            let made = try tenant.admin.post(path, #"{"name":"k","scopes":["all"],"environment":"live"}"#)
            let client = stack.client.with(key: made.string("key"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { for _ in 0..<6 { _ = try client.get("/api/v1/credits") } } }
                group.addTask {
                    for name in ["a", "b"] {
                        _ = try tenant.admin.send("PATCH", "\(path)/\(tenant.keyID)", json: #"{"name":"\#(name)"}"#)
                    }
                    _ = try tenant.admin.delete("\(path)/\(made.string("id"))")
                }
                try await group.waitForAll()
            }
            for _ in 0..<3 { #expect(try client.get("/api/v1/credits").status == 401) }
        }
    }

    @Test("a suspension that Redis missed holds for keys that no ingress knows yet")
    func missedSuspension() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        let fresh = try tenant.admin.post(
            "/api/organizations/\(tenant.organizationID)/api-keys",
            #"{"name":"k","scopes":["all"],"environment":"live"}"#)
        _ = stack.sql("UPDATE organizations SET status = 'suspended', auth_version = auth_version + 1")
        let client = stack.client.with(key: fresh.string("key"))
        #expect(try client.get("/api/v1/credits").string("code") == "organization_suspended")
    }

    @Test("times and ranges out of bounds are refused, not stored")
    func outOfBounds() throws {
        let tenant = try TestStack().makeTenant()
        let path = "/api/organizations/\(tenant.organizationID)/api-keys"
        for more in [
            #""expiresAt":"0000-01-01T00:00:00+23:59""#, #""expiresAt":"9999-12-31T23:59:59-23:59""#,
            #""allowedIps":["10.0.0.0/008"]"#, #""allowedIps":["10.0.0.0/+8"]"#,
        ] {
            let answer = try tenant.admin.post(
                path, #"{"name":"k","scopes":["all"],"environment":"live",\#(more)}"#)
            #expect(answer.status == 400, "\(more)")
        }
    }

    @Test("health recovers when the database has")
    func databaseHealth() async throws {
        let mariadb = try MariaDBServer()
        let stack = try TestStack(mariadb: mariadb)
        let tenant = try stack.makeTenant()
        mariadb.kill()
        #expect(try stack.admin.get("/api/organizations").status == 503)
        #expect(try stack.client.get("/health/ready").status == 503)
        try mariadb.start()
        try await poll { try stack.client.get("/health/ready").status == 200 }
        #expect(try tenant.client.get("/api/v1/customers").status == 200)
    }
}
