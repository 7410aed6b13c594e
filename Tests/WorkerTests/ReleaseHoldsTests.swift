import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The release of holds, against a real Redis.
@Suite("Released holds")
struct ReleaseHoldsTests {
    @Test("a hold of 0 credits, as sessions of test keys have, is released like any other")
    func nothingHeld() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let organization = OrganizationID(value: 1)
            let keys = [bench.redis.keys.credits(organization), bench.redis.keys.holds(organization)]
            let (credits, holds) = (keys[0], keys[1])
            bench.server.command(["HSET", credits, "balance", "100", "version", "1", "held", "7"])
            bench.server.command(["HSET", holds, "of-a-test-key", "0", "of-a-live-key", "7"])
            _ = try await bench.redis.run(
                ReleaseHoldsScript.script, in: bench.redis.keys.slot(of: organization), keys: keys
            ) { command in
                for argument in ["90", "2", "of-a-test-key", "of-a-live-key"] { command.append(argument) }
            }
            #expect(bench.server.command(["EXISTS", holds]) == "0")
            #expect(bench.server.command(["HMGET", credits, "balance", "version", "held"]) == "90\n2\n0")
        }
    }
}
