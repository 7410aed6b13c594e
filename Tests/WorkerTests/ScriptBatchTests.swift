import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Scripts that run for the jobs of many tasks at once.
@Suite("Script batches")
struct ScriptBatchTests {
    /// Acknowledges jobs in a task each, in one turn of the loop.
    private static func acknowledge(_ bench: QueueBench, _ claims: [Claim]) async -> [Bool?] {
        await withTaskGroup(of: (Int, Bool?).self) { group in
            for (index, claim) in claims.enumerated() {
                let bound = LoopBound((bench.one, claim), on: bench.loop)
                group.addTask(executorPreference: bench.loop) {
                    let (worker, claim) = bound.value
                    return (index, try? await worker.acknowledge(claim))
                }
            }
            var results = [Bool?](repeating: nil, count: claims.count)
            for await (index, result) in group { results[index] = result }
            return results
        }
    }

    @Test("jobs that are acknowledged in one turn of the loop need one script for 32 of them")
    func together() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            for number in 0..<70 { try await bench.add("a\(number)") }
            let claims = try await bench.claim(bench.one)
            #expect(claims.count == 70)
            // The first call loads the script.
            _ = try await bench.acknowledge(bench.one, claims[0])
            bench.server.command(["CONFIG", "RESETSTAT"])
            #expect(await Self.acknowledge(bench, claims) == [false] + [Bool?](repeating: true, count: 69))
            #expect(bench.calls("evalsha") == 3)
            #expect(bench.server.command(["KEYS", "queue:*"]).contains("inflight") == false)
            #expect(try await bench.tick(bench.one, .retry).heldIDs == [])
        }
    }

    @Test("a job that the worker does not hold any more is told from the others of its batch")
    func lostOne() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            let claims = try await bench.claim(bench.one)
            #expect(try await bench.one.release(claims[1], countsAttempt: false))
            #expect(await Self.acknowledge(bench, claims) == [true, false, true])
            #expect(try await bench.claim(bench.other).map(\.id) == ["a2"])
        }
    }

    @Test("a job whose key Redis refuses does not stop the others of its batch")
    func refused() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            let claims = try await bench.claim(bench.one)
            let key = bench.redis.keys.job(.sessions, shard: 3, "a2")
            bench.server.command(["DEL", key])
            bench.server.command(["SET", key, "no hash"])
            #expect(await Self.acknowledge(bench, claims) == [true, nil, true])
            #expect(bench.server.command(["HGET", "queue:{s03}:sessions:inflight", "a"]) == "1")
        }
    }

    @Test("a job whose weight is no number does not stop the others of its batch")
    func badWeight() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            let claims = try await bench.claim(bench.one)
            bench.server.command(["HSET", bench.redis.keys.job(.sessions, shard: 3, "a2"), "weight", ""])
            #expect(await Self.acknowledge(bench, claims) == [true, true, true])
            #expect(bench.server.command(["KEYS", "session:*"]) == "")
            #expect(try await bench.tick(bench.one, .retry).heldIDs == [])
        }
    }

    @Test("a session whose end has many deliveries takes a call for itself")
    func costly() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            var calls: [Int] = []
            let batch = ScriptBatch<Int, Int>(loop: bench.loop, cost: { $0 }) { _, inputs throws(RedisError) in
                calls.append(inputs.count)
                return inputs
            }
            let box = LoopBound(batch, on: bench.loop)
            await withTaskGroup(of: Void.self) { group in
                for cost in [1, 1, 300, 200, 50, 7, 1] {
                    group.addTask(executorPreference: bench.loop) {
                        _ = try? await box.value.run(cost, at: QueueBench.sessions)
                    }
                }
            }
            #expect(calls == [2, 1, 2, 2])
        }
    }

    @Test("a finished batch wakes as many waiting workers as it has jobs, while lanes have work")
    func waking() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3", "a4", "a5")
            let claims = try await bench.claim(bench.one, cap: 2)
            #expect(claims.map(\.id) == ["a1", "a2"])
            let listeners = try ["x", "y", "z"].map { try WakeListener($0, bench) }
            for listener in listeners { await listener.start(bench.loop) }
            for boot in ["x", "y", "z"] { bench.server.command(["SADD", QueueBench.waiters, boot]) }
            #expect(await Self.acknowledge(bench, claims) == [true, true])
            await TestRedis.until(bench.loop) { listeners.count { !$0.messages.isEmpty } == 2 }
            #expect(bench.server.command(["SCARD", QueueBench.waiters]) == "1")
            for listener in listeners { listener.close() }
        }
    }

    @Test("a session that is settled twice in one batch releases its hold once, and the newest balance counts")
    func settledTwice() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let organization = OrganizationID(value: 1)
            let (credits, holds) = (bench.redis.keys.credits(organization), bench.redis.keys.holds(organization))
            bench.server.command(["HSET", credits, "balance", "100", "version", "1", "held", "12"])
            bench.server.command(["HSET", holds, "a1", "5", "a2", "7"])
            try await bench.add("a1")
            let claim = try #require(try await bench.claim(bench.one).first)
            let ended = [(Int64(93), Int64(3)), (98, 2)].map { credits, version in
                SessionReport(
                    claim: claim, organizationID: organization,
                    account: SessionEndTests.account(organization, credits: credits, version: version), deliveries: [])
            }
            let script = SessionEndScript(boot: "one", place: claim.place, ended: ended)
            #expect(try await script.run(bench.redis) == [true, false])
            #expect(bench.server.command(["HMGET", credits, "balance", "version", "held"]) == "93\n3\n7")
        }
    }
}
