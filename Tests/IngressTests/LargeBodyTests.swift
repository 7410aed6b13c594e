import Foundation
import TestKit
import Testing

/// Bodies that are stored in files while they arrive.
@Suite("Large bodies")
struct LargeBodyTests {
    private static let garments = "/api/v1/garments?category=top"

    /// The head of an upload of `count` bytes.
    private static func head(_ path: String, key: String?, framing: String) -> String {
        let field = key.map { "X-API-Key: \($0)\r\n" } ?? ""
        return "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n\(field)\(framing)\r\n\r\n"
    }

    /// A tenant whose limit frees one request in 12 s, so that Redis shows for a while what was counted.
    private static func makeTenant(_ stack: TestStack) throws -> TestTenant {
        try stack.makeTenant(plan: "free", more: #","rateLimitPerMinute":5"#)
    }

    /// Waits until the rate limit has counted this many requests, which it does before it reads a large body.
    private static func waitForCount(_ count: Int, _ stack: TestStack) async throws {
        try await poll("the access check") {
            let key = stack.redis.command(["KEYS", "ratelimit:api:*"])
            return key != "" && Int(stack.redis.command(["PTTL", key])) ?? 0 > (count - 1) * 12_000
        }
    }

    @Test(
        "a large body without a key is refused before any of it has arrived, and uploads with a key go on",
        arguments: ["Content-Length: 10000000", "Transfer-Encoding: chunked"])
    func keyless(framing: String) throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        // Fewer than an address may send without a key.
        let stalled = try (0..<90).map { _ in try TestSocket(port: stack.port) }
        for client in stalled { client.send(Self.head(Self.garments, key: nil, framing: framing)) }
        for client in stalled {
            #expect(client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 401 Unauthorized"))
        }
        let made = try TestPictures.upload(tenant.client, Self.garments, try TestPictures.sample("person.png"))
        #expect(made.status == 201)
    }

    @Test("an upload counts once against the rate limit")
    func countedOnce() throws {
        let stack = try TestStack()
        let tenant = try Self.makeTenant(stack)
        let made = try TestPictures.upload(tenant.client, Self.garments, try TestPictures.sample("person.png"))
        #expect(made.status == 201)
        #expect(made.fields["x-ratelimit-remaining"] == "4")
        #expect(try tenant.client.get("/api/v1/credits").fields["x-ratelimit-remaining"] == "3")
    }

    @Test("a key that is revoked while its upload arrives stores nothing")
    func revoked() async throws {
        let stack = try TestStack()
        let tenant = try Self.makeTenant(stack)
        let picture = try TestPictures.sample("person.png")
        let client = try TestSocket(port: stack.port)
        client.send(Self.head(Self.garments, key: tenant.key, framing: "Content-Length: \(picture.count)"))
        client.send(bytes: Array(picture[..<1_000]))
        try await Self.waitForCount(1, stack)
        let key = "/api/organizations/\(tenant.organizationID)/api-keys/\(tenant.keyID)"
        #expect(try tenant.admin.delete(key).status == 204)
        client.send(bytes: Array(picture[1_000...]))
        #expect(client.read(until: "}").contains("invalid_key"))
        #expect(stack.sql("SELECT COUNT(*) FROM garments") == "0")
    }

    @Test("an upload that ends last is the newest photo, even if it began first")
    func newest() async throws {
        let stack = try TestStack()
        let tenant = try Self.makeTenant(stack)
        let picture = try TestPictures.sample("person.png")
        let path = "/api/v1/customers/shopper-42/photos"
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#).status == 201)
        let slow = try TestSocket(port: stack.port)
        slow.send(Self.head(path, key: tenant.key, framing: "Content-Length: \(picture.count)"))
        slow.send(bytes: Array(picture[..<1_000]))
        try await Self.waitForCount(2, stack)
        let quick = try TestPictures.upload(tenant.client, path, picture)
        #expect(quick.status == 200)
        slow.send(bytes: Array(picture[1_000...]))
        let answer = slow.read(until: "}")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        let id = try #require(answer.firstMatch(of: #/"id":"(pho_\w+)"/#)?.output.1)
        #expect(String(id) > quick.string("id"))
    }
}
