import Domain
import TestKit
import Testing

@testable import Worker

/// The limits of reaping, against a real Redis.
@Suite("Reaping")
struct ReapingTests {
    private static let pulse = "queue:{s03}:sessions:pulse"

    @Test("a tick reaps 256 jobs at most, and the dead worker stays fenced until all of its jobs are back in order")
    func portions() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let names = (0..<300).map { "a\($0)" }
            for name in names { try await bench.add(name) }
            #expect(try await bench.claim(bench.one, free: 1_000, cap: 1_000, jobs: 300).count == 300)
            bench.expire(bench.one)
            #expect(try await bench.tick(bench.other, .retry).reaped == 256)
            await #expect(throws: QueueError.fenced) { try await bench.claim(bench.one) }
            await #expect(throws: QueueError.fenced) { try await bench.tick(bench.one, .retry) }
            #expect(try await bench.tick(bench.other, .retry).reaped == 44)
            let claims = try await bench.claim(bench.one, free: 1_000, cap: 1_000, jobs: 300)
            #expect(claims.map(\.id) == names)
        }
    }

    @Test("a last tick in the future, after the clock of Redis was set back, extends the leases")
    func clockSetBack() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            #expect(try await bench.claim(bench.one).count == 1)
            bench.server.command(["SET", Self.pulse, "9999999999999"])
            bench.expire(bench.one)
            #expect(try await bench.tick(bench.other, .retry).reaped == 0)
            // The next tick finds a lease that has not ended.
            #expect(try await bench.tick(bench.other, .retry).reaped == 0)
            #expect(try await bench.tick(bench.one, .retry).heldIDs == ["a1"])
        }
    }

    @Test("a worker that is being reaped gets no new lease when the shard was away")
    func noNewLease() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            #expect(try await bench.claim(bench.one).count == 1)
            bench.server.command(["SET", Self.pulse, "1"])
            bench.server.command(["ZADD", QueueBench.leases, "0", bench.one.boot])
            #expect(try await bench.tick(bench.other, .retry).reaped == 1)
        }
    }
}
