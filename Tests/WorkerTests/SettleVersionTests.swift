import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Versions of the balance that workers write to Redis after each commit.
@Suite("Versions of a settled balance")
struct SettleVersionTests {
    private static let organization = OrganizationID(value: 1)

    /// Settles a session with a balance, as after the commit of its charge.
    private static func settle(_ bench: QueueBench, balance: Int, version: Int, session: String) async throws {
        let keys =
            ["watchers", "q"].map { "\($0):{s00}" }
            + [bench.redis.keys.credits(organization), bench.redis.keys.holds(organization), "session:{s00}"]
        _ = try await bench.redis.run(
            ProgressScript.script, in: bench.redis.keys.slot(of: organization), keys: keys
        ) { command in
            for argument in ["delivery:", "1", "\(balance)", "\(version)", "1", session] {
                command.append(argument)
            }
        }
    }

    private static func credits(_ bench: QueueBench) -> String {
        bench.server.command(["HMGET", bench.redis.keys.credits(organization), "balance", "version", "held"])
    }

    @Test("a settlement that arrives late releases its hold, and does not replace a newer balance")
    func late() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let (credits, holds) = (
                bench.redis.keys.credits(Self.organization), bench.redis.keys.holds(Self.organization)
            )
            bench.server.command(["HSET", credits, "balance", "100", "version", "9", "held", "12"])
            bench.server.command(["HSET", holds, "first", "5", "second", "7"])
            // Committed as versions 9, 10 and 11; the first settlement is overtaken by the second.
            try await Self.settle(bench, balance: 88, version: 11, session: "second")
            #expect(Self.credits(bench) == "88\n11\n5")
            try await Self.settle(bench, balance: 95, version: 10, session: "first")
            #expect(Self.credits(bench) == "88\n11\n0")
        }
    }

    @Test("a settlement that is repeated releases its hold once")
    func repeated() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let (credits, holds) = (
                bench.redis.keys.credits(Self.organization), bench.redis.keys.holds(Self.organization)
            )
            bench.server.command(["HSET", credits, "balance", "100", "version", "9", "held", "12"])
            bench.server.command(["HSET", holds, "first", "5", "second", "7"])
            for _ in 0..<3 {
                try await Self.settle(bench, balance: 95, version: 10, session: "first")
                #expect(Self.credits(bench) == "95\n10\n7")
            }
        }
    }

    @Test("a settlement does not make a copy of an account that Redis does not have")
    func missing() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await Self.settle(bench, balance: 95, version: 10, session: "first")
            #expect(bench.server.command(["EXISTS", bench.redis.keys.credits(Self.organization)]) == "0")
        }
    }
}
