import Domain
import TestKit
import Testing

@testable import Platform
@testable import Worker

/// The end of a session in Redis, after MariaDB has decided.
@Suite("End of a session")
struct SessionEndTests {
    private static let organization = OrganizationID(value: 1)

    /// An account with a balance.
    static func account(_ id: OrganizationID, credits: Int64, version: Int64) -> Account {
        let columns: [(name: String, value: MySQLValue)] = [
            ("id", .id(id)), ("credits", .integer(credits)), ("credits_version", .integer(version)),
            ("status", .text("active")), ("auth_version", .integer(1)), ("low_credits_threshold", .null),
        ]
        return Account(MySQLRow(names: MySQLColumnNames(columns.map(\.name)), values: columns.map(\.value)))
    }

    private static func end(_ bench: QueueBench, _ worker: QueueConsumer, _ claim: Claim) async throws -> Bool {
        let ended = SessionReport(
            claim: claim, organizationID: organization,
            account: account(organization, credits: 93, version: 2),
            deliveries: [PendingDelivery(id: "d1", endpoint: "w")])
        return try await SessionEndScript(boot: worker.boot, place: claim.place, ended: [ended]).run(bench.redis) == [
            true
        ]
    }

    /// The ids of the deliveries that wait.
    private static func deliveries(_ bench: QueueBench) async throws -> [String] {
        try await bench.one.claim(
            QueuePlace(.webhooks, shard: 3), laneWeightMax: 9, freeWeight: 9, reserve: 0
        ).jobs.map(\.id)
    }

    @Test("a worker that lost its claim settles the account, and leaves the job and the deliveries to the new holder")
    func lostClaim() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let names = bench.redis.keys
            let credits = names.credits(Self.organization)
            bench.server.command(["HSET", credits, "balance", "100", "version", "1", "held", "7"])
            bench.server.command(["HSET", names.holds(Self.organization), "a1", "7"])
            try await bench.add("a1")
            let lost = try #require(try await bench.claim(bench.one).first)
            bench.expire(bench.one)
            #expect(try await bench.tick(bench.other, .retry).reaped == 1)
            let held = try #require(try await bench.claim(bench.other).first)
            #expect(try await Self.end(bench, bench.one, lost) == false)
            #expect(bench.server.command(["HMGET", credits, "balance", "version", "held"]) == "93\n2\n0")
            #expect(try await Self.deliveries(bench) == [])
            #expect(try await bench.tick(bench.other, .retry).heldIDs == ["a1"])
            // The new holder ends it, and finds the account settled.
            #expect(try await Self.end(bench, bench.other, held))
            #expect(bench.server.command(["HMGET", credits, "balance", "version", "held"]) == "93\n2\n0")
            #expect(try await Self.deliveries(bench) == ["d1"])
        }
    }

    @Test("a delivery that waits already is not enqueued a second time")
    func waitingDelivery() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            try await QueueProducer(bench.redis).enqueue(
                Job(id: "d1", lane: "w", weight: 1, payload: [[]]), in: QueuePlace(.webhooks, shard: 3))
            let claim = try #require(try await bench.claim(bench.one).first)
            #expect(try await Self.end(bench, bench.one, claim))
            #expect(try await Self.deliveries(bench) == ["d1"])
        }
    }
}
