import Domain
import TestKit
import Testing

@testable import Ingress
@testable import Platform

/// One organisation with an API key, a customer and a garment, as the scripts of the ingress see them in a real Redis.
struct AdmissionBench {
    static let organization = OrganizationID(value: 7)
    static let garment = GarmentID(value: 8)
    static let photo = PhotoID(value: 9)
    static let customer = "shopper-42"

    let server: RedisServer
    let redis: RedisStore

    /// An API key as it was read from MariaDB.
    static func key(authVersion: Int64 = 1, requestsPerMinute: Int64 = 600) -> APIKey {
        APIKey(
            row([
                ("id", .id(APIKeyID(value: 6))), ("organization_id", .id(organization)), ("environment", .text("live")),
                ("scopes", .text("all")), ("rate_limit_per_minute", .integer(requestsPerMinute)),
                ("allowed_ips", .text("")), ("is_active", .integer(1)), ("expires_at", .null),
                ("auth_version", .integer(authVersion)), ("plan", .text("enterprise")),
            ]), RedisKeys(shardCount: 16))
    }

    /// An account as it was read from MariaDB.
    static func account(
        balance: Int64, version: Int64, authVersion: Int64 = 1, status: String = "active"
    ) -> Account {
        Account(
            row([
                ("id", .id(organization)), ("credits", .integer(balance)), ("credits_version", .integer(version)),
                ("status", .text(status)), ("auth_version", .integer(authVersion)),
                ("low_credits_threshold", .null),
            ]))
    }

    private static func row(_ columns: [(name: String, value: MySQLValue)]) -> MySQLRow {
        MySQLRow(names: MySQLColumnNames(columns.map(\.name)), values: columns.map(\.value))
    }

    /// A try-on of one garment, which costs one credit.
    static func job(idempotencyKey: String? = nil, environment: TenantEnvironment = .live) -> TryOnJob {
        TryOnJob(
            organizationID: organization, environment: environment, keyID: APIKeyID(value: 6), customerID: customer,
            cartID: nil, quality: .sd,
            items: [TryOnJob.Item(sku: "S", garmentID: garment, garmentURL: nil, category: nil)],
            metadata: Array("{}".utf8), requestID: "r", traceparent: nil,
            idempotencyHash: idempotencyKey.map { hash(ofKey: $0) }, fingerprint: idempotencyKey.map { _ in body })
    }

    /// The fingerprint of each request.
    private static let body = Digest.sha256(Array("body".utf8)).hexText

    private static func hash(ofKey key: String) -> String { Digest.sha256(Array(key.utf8)).hexText }

    /// Asks for the admission of a session.
    func admit(
        _ id: SessionID, _ key: APIKey = key(), idempotencyKey: String? = nil, environment: TenantEnvironment = .live
    ) async throws -> AdmissionScript.Decision {
        let job = Self.job(idempotencyKey: idempotencyKey, environment: environment)
        return try await AdmissionScript(id: id, job: job, photo: nil, key: key).run(redis).decision
    }

    func withdraw(
        _ id: SessionID, idempotencyKey: String? = nil, environment: TenantEnvironment = .live
    ) async throws -> WithdrawScript.Reply {
        let job = Self.job(idempotencyKey: idempotencyKey, environment: environment)
        return try await WithdrawScript(id: id, job: job, names: Self.key().names).run(redis)
    }

    // MARK: What Redis has

    private var names: TenantKeys { Self.key().names }

    var lane: String { redis.keys.lane(.sessions, shard: names.place.shard, "\(Self.organization)") }

    /// The hash tag of the organisation's shard.
    var tag: String { String(names.credits.split(separator: ":")[1]) }

    func session(_ id: SessionID) -> String { names.sessionPrefix + id.description }

    /// The hashes of idempotency keys.
    var idempotencyHashes: [String] {
        keys.filter { $0.hasPrefix(redis.keys.idempotencyPrefix(shard: names.place.shard)) }.sorted()
    }

    /// Fields of the copy of the account, separated by spaces.
    func account(_ fields: String...) -> String {
        server.command(["HMGET", names.credits] + fields).split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: " ")
    }

    func setAccount(_ fields: String...) {
        server.command(["HSET", names.credits] + fields)
    }

    /// The sessions that have a hold.
    var holders: [String] {
        server.command(["HKEYS", names.holds]).split(separator: "\n").map(String.init).sorted()
    }

    var rateLimit: String { names.rateLimit }

    /// The names of all keys of Redis.
    var keys: Set<String> { Set(server.command(["KEYS", "*"]).split(separator: "\n").map(String.init)) }

    /// The memory that Redis uses.
    func memoryBytes() throws -> Int {
        let text = server.command(["INFO", "memory"])
        return try #require((text.firstMatch(of: /used_memory:(\d+)/)?.1).flatMap { Int($0) })
    }

    /// The commands that Redis has run since its counts were reset, also in scripts.
    func commands() -> Int {
        server.command(["INFO", "commandstats"]).matches(of: /cmdstat_(\w+):calls=(\d+)/).reduce(0) {
            $0 + (Int($1.2) ?? 0)
        }
    }

    /// Runs `body` with a Redis that has an active account of 100 credits, and references to the customer and the garment.
    static func run(_ body: @escaping @Sendable (LoopBound<AdmissionBench>) async throws -> Void) async throws {
        let server = try RedisServer(options: ["--appendonly", "no"])
        let names = key().names
        server.command([
            "HSET", names.credits, "balance", "100", "version", "1", "status", "active", "authVersion", "1",
        ])
        server.command(["SET", names.customerPrefix + ReferenceCache.hash(ofCustomer: customer), photo.description])
        server.command(["SET", names.garmentPrefix + garment.description, "top"])
        let failure = try await TestRedis.connect(server) { redis, loop -> (any Error)? in
            let bench = AdmissionBench(server: server, redis: RedisStore(keys: RedisKeys(shardCount: 16)) { redis })
            do {
                try await body(LoopBound(bench, on: loop))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
