import Domain
import Platform
import TestKit
import Testing

@testable import Worker

private let prefix = "queue:{s03}:sessions"

/// Lanes whose next job fits into no worker, in great number.
@Suite("Many lanes")
struct ManyLanesTests {
    private static func addHeavy(_ bench: QueueBench, count: Int) async throws {
        for index in 0..<count { try await bench.add("heavy\(index)", lane: "h\(index)", weight: 40) }
    }

    @Test("a claim looks at 64 lanes without a fitting job at most, and the next one goes on after them")
    func rotation() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await Self.addHeavy(bench, count: 150)
            try await bench.add("light", lane: "l")
            var claimed: [String] = []
            for _ in 0..<3 {
                // One look at a lane is one LINDEX; the lane of the claimed job is looked at again.
                let before = bench.calls("lindex")
                claimed += try await bench.claims(bench.one, free: 5).jobs.map(\.id)
                #expect((1...66).contains(bench.calls("lindex") - before))
            }
            #expect(claimed == ["light"])
        }
    }

    @Test("the search for a starved lane looks at 64 lanes at most, and forgets those that cannot be served")
    func starved() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            for index in 0..<150 {
                bench.server.command(["ZADD", "\(prefix):overtaken", "\(index + 1)", "gone\(index)"])
            }
            try await bench.add("heavy", lane: "h", weight: 40)
            bench.server.command(["ZADD", "\(prefix):overtaken", "500", "h"])
            for expected in ["87", "23", "1"] {
                let reply = try await bench.claims(bench.one, free: 5)
                #expect(bench.server.command(["ZCARD", "\(prefix):overtaken"]) == expected)
                #expect(reply.reservedWeight == (expected == "1" ? 40 : 0))
            }
        }
    }

    @Test("a claimer finds the only fitting job behind many lanes, and then stops looking")
    func claimer() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let jobs = RecordedJobs(bench.one, bench.loop)
            let claimer = JobClaimer(
                loop: bench.loop, queue: bench.one, kinds: [jobs.kind(slots: RecordedJobs.slots(10))],
                logger: Logger(writer: LogWriter(), component: "test", level: .error))
            let running = LoopBound(claimer, on: bench.loop)
            let task = Task(executorPreference: bench.loop) { await running.value.run() }
            // An idle worker may take a job of any weight, so it holds a light one first.
            try await bench.add("first", lane: "l")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["first"] }
            try await Self.addHeavy(bench, count: 200)
            try await bench.add("second", lane: "l")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) {
                bench.clock.advance(by: .milliseconds(20))
                return jobs.ids == ["first", "second"]
            }
            for _ in 0..<10 {
                bench.clock.advance(by: .milliseconds(20))
                try await bench.settle()
            }
            let quiet = bench.calls("evalsha")
            for _ in 0..<10 {
                bench.clock.advance(by: .milliseconds(20))
                try await bench.settle()
            }
            #expect(bench.calls("evalsha") == quiet)
            claimer.drain()
            jobs.abandon()
            await task.value
        }
    }
}
