import TestKit
import Testing

/// A MariaDB whose state is older than Redis's copies: after a restore from a backup, or the failover to a replica.
@Suite("A restored database")
struct RestoredDatabaseTests {
    /// Raises the versions in MariaDB and Redis, and then sets MariaDB back, as a restore does.
    private static func restore(_ tenant: TestTenant) throws {
        let stack = tenant.stack
        let path = "/api/organizations/\(tenant.organizationID)/api-keys"
        let backup = "SELECT credits, credits_version, auth_version FROM organizations"
        let row = stack.sql(backup).split(separator: "\t")
        for name in ["a", "b", "c"] {
            _ = try tenant.admin.send("PATCH", "\(path)/\(tenant.keyID)", json: #"{"name":"\#(name)"}"#)
            _ = try tenant.admin.post(
                "/api/organizations/\(tenant.organizationID)/credits", #"{"amount":7,"reference":"lost \#(name)"}"#)
            // Every loop of the ingress caches the key with the version that is lost later.
            for _ in 0..<8 { #expect(try tenant.client.get("/api/v1/credits").status == 200) }
        }
        _ = stack.sql(
            "UPDATE organizations SET credits = \(row[0]), credits_version = \(row[1]), auth_version = \(row[2]);"
                + "DELETE FROM credit_ledger WHERE reference LIKE 'grant:lost%'")
    }

    @Test("valid keys go on working, and a revocation holds at once on every loop")
    func revocation() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        try Self.restore(tenant)
        for _ in 0..<8 { #expect(try tenant.client.get("/api/v1/credits").status == 200) }
        let one = "/api/organizations/\(tenant.organizationID)/api-keys/\(tenant.keyID)"
        #expect(try tenant.admin.delete(one).status == 204)
        for _ in 0..<8 { #expect(try tenant.client.get("/api/v1/credits").status == 401) }
    }

    @Test("a key that no ingress has cached is accepted, and stays accepted")
    func freshKey() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        try Self.restore(tenant)
        try stack.restartIngress()
        for _ in 0..<8 { #expect(try tenant.client.get("/api/v1/credits").status == 200) }
    }

    @Test("a top-up is visible to admission, and so is a balance that was set back")
    func topUp() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 1)
        let garment = try tenant.addCatalogue().garment
        try Self.restore(tenant)
        let granted = try tenant.admin.post(
            "/api/organizations/\(tenant.organizationID)/credits", #"{"amount":2,"reference":"second"}"#)
        #expect(granted.status == 201)
        let credits = "credits:*"
        let name = stack.redis.command(["KEYS", credits])
        #expect(stack.redis.command(["HGET", name, "balance"]) == "3")
        #expect(try tenant.tryOn([garment, garment, garment]).status == 201)
        #expect(try tenant.tryOn([garment]).status == 403)
    }

    @Test("the database is asked for a balance once a second for each organisation, over all loops")
    func creditReads() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 0)
        let garment = try tenant.addCatalogue().garment
        let name = stack.redis.command(["KEYS", "credits:*"])
        stack.redis.command(["DEL", name.replacing("credits:", with: "creditsread:")])
        #expect(try tenant.tryOn([garment]).status == 403)
        // As if another ingress had read it a moment ago: the new balance is not looked for.
        stack.redis.command(["SET", name.replacing("credits:", with: "creditsread:"), "1"])
        _ = stack.sql("UPDATE organizations SET credits = 5, credits_version = credits_version + 1")
        for _ in 0..<8 { #expect(try tenant.tryOn([garment]).status == 403) }
        stack.redis.command(["DEL", name.replacing("credits:", with: "creditsread:")])
        #expect(try tenant.tryOn([garment]).status == 201)
    }
}
