import Domain
import TestKit
import Testing

@testable import Platform
@testable import Worker

/// The claimer on a simulated clock, with a real Redis and a handler that records.
@Suite("Job claimer")
struct JobClaimerTests {
    private let bench: QueueBench
    private let jobs: RecordedJobs
    private let claimer: JobClaimer
    private let slots: SlotPool

    /// Shares that are known only after they were learnt.
    private final class ScriptedShares: LaneShares, @unchecked Sendable {
        // Invariant: used on the loop of one test.
        private let lanes: [String: LaneShare]
        private var known: [String: LaneShare] = [:]

        init(_ lanes: [String: LaneShare]) {
            self.lanes = lanes
        }

        var standard: LaneShare { LaneShare() }
        var exceptions: [String] { known.keys.sorted() }

        func share(of lane: String) -> LaneShare { known[lane] ?? LaneShare() }

        func learn(_ names: Set<String>) async {
            for name in names { known[name] = lanes[name] }
        }
    }

    private init(_ bench: QueueBench, slots: Int, shares: (any LaneShares)?) {
        self.bench = bench
        jobs = RecordedJobs(bench.one, bench.loop)
        self.slots = RecordedJobs.slots(slots)
        claimer = JobClaimer(
            loop: bench.loop, queue: bench.one, kinds: [jobs.kind(slots: self.slots, shares: shares)],
            logger: Logger(writer: LogWriter(), component: "test", level: .error))
    }

    /// Makes `Self` on the loop, runs its claimer, and ends it after `body`.
    private static func run(
        slots: Int, shares: ScriptedShares? = nil, _ body: @escaping @Sendable (LoopBound<Self>) async throws -> Void
    ) async throws {
        try await QueueBench.run { bound in
            let tests = Self(bound.value, slots: slots, shares: shares)
            let bench = LoopBound(tests, on: tests.bench.loop)
            let running = Task(executorPreference: tests.bench.loop) { await bench.value.claimer.run() }
            tests.claimer.markAllPlaces()
            let result = await Self.result { try await body(bench) }
            tests.claimer.drain()
            tests.jobs.abandon()
            await running.value
            try result.get()
        }
    }

    /// Waits until the claimer has tried every place, and found nothing.
    private func untilIdle() async {
        let waiting = ["EVAL", "return #redis.call('KEYS', 'waiters:*')", "0"]
        await TestRedis.until(bench.loop) { bench.server.command(waiting) == "\(bench.one.shardCount)" }
    }

    private static func result(_ body: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    @Test("jobs are claimed until the slots are full, and the end of one makes place for the next")
    static func slots() async throws {
        try await run(slots: 2) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            for name in ["a", "b", "c", "d"] { try await bench.add(name, lane: name) }
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.begun.count == 2 }
            #expect(jobs.ids == ["a", "b"])
            #expect(claimer.held.values.map(\.id).sorted() == ["a", "b"])
            try await jobs.end("b")
            await TestRedis.until(bench.loop) { jobs.begun.count == 3 }
            #expect(jobs.ids.last == "c")
            #expect(claimer.held.values.map(\.id).sorted() == ["a", "c"])
        }
    }

    @Test("what is claimed beyond the share of a lane goes back in its order, and is claimed when there is room")
    static func surplus() async throws {
        try await run(slots: 8, shares: ScriptedShares(["a": LaneShare(jobsMax: 2, weight: 1)])) { bound in
            let (bench, jobs, slots) = (bound.value.bench, bound.value.jobs, bound.value.slots)
            try await bench.add("a1", "a2", "a3", "a4", lane: "a", weight: 2)
            try await bench.add("b1", lane: "b", weight: 3)
            bound.value.claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.begun.count == 3 }
            #expect(jobs.ids.sorted() == ["a1", "a2", "b1"])
            #expect(slots.heldWeight == 2 + 3)
            #expect(bench.server.command(["LRANGE", "queue:{s03}:sessions:lane:a", "0", "-1"]) == "a4\na3")
            try await jobs.end("a1")
            await TestRedis.until(bench.loop) { jobs.begun.count == 4 }
            #expect(jobs.ids.last == "a3")
            for id in ["a2", "a3", "b1"] { try await jobs.end(id) }
            await TestRedis.until(bench.loop) { jobs.ids.last == "a4" }
            try await jobs.end("a4")
            await TestRedis.until(bench.loop) { slots.heldWeight == 0 && slots.heldJobs.isEmpty }
        }
    }

    @Test("a worker that holds enough of a lane passes its wake-up to another one")
    static func passesOn() async throws {
        try await run(slots: 8, shares: ScriptedShares(["a": LaneShare(jobsMax: 1, weight: 1)])) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            try await bench.add("a1", "a2", lane: "a")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["a1"] }
            // Both wait for a wake-up.
            bench.server.command(["SADD", QueueBench.waiters, "other"])
            await TestRedis.until(bench.loop) {
                bench.server.command(["SMEMBERS", QueueBench.waiters]).contains("one")
            }
            claimer.wake(QueueBench.sessions)
            await TestRedis.until(bench.loop) {
                bench.clock.advance(by: .milliseconds(1))
                let waiters = bench.server.command(["SMEMBERS", QueueBench.waiters])
                return !waiters.contains("other") && waiters.contains("one")
            }
            #expect(jobs.ids == ["a1"])
            // A second one at once is not lost: it is passed on later.
            bench.server.command(["SADD", QueueBench.waiters, "other"])
            claimer.wake(QueueBench.sessions)
            try await bench.settle()
            try await bench.settle()
            #expect(bench.server.command(["SMEMBERS", QueueBench.waiters]).contains("other"))
            bench.clock.advance(by: .seconds(1))
            await TestRedis.until(bench.loop) {
                !bench.server.command(["SMEMBERS", QueueBench.waiters]).contains("other")
            }
        }
    }

    @Test("a job that is due later begins at its time, without a wake-up")
    static func due() async throws {
        try await run(slots: 2) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            try await bench.add("later")
            let claim = try #require(try await bench.claim(bench.other).first)
            _ = try await bench.other.release(claim, delay: .seconds(30), countsAttempt: true)
            claimer.look(QueueBench.sessions)
            try await bench.settle()
            try await bench.settle()
            // In Redis it is due now; the claimer's clock stands still, so it does not look again.
            bench.server.command(["ZADD", QueueBench.delayed, "1", "later"])
            try await bench.settle()
            #expect(jobs.begun.isEmpty)
            bench.clock.advance(by: .seconds(31))
            await TestRedis.until(bench.loop) { jobs.ids == ["later"] }
            #expect(jobs.begun.first?.attempts == 1)
        }
    }

    @Test("however often a place is tried that has a later job, one timer waits for it")
    static func timers() async throws {
        try await run(slots: 2) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            await bound.value.untilIdle()
            try await bench.add("later")
            let claim = try #require(try await bench.claim(bench.other).first)
            _ = try await bench.other.release(claim, delay: .seconds(30), countsAttempt: true)
            /// Lets the claimer try the place once, and waits until it has handled the reply.
            func look() async throws {
                let calls = bench.calls("evalsha")
                claimer.look(QueueBench.sessions)
                await TestRedis.until(bench.loop) { bench.calls("evalsha") > calls }
                try await bench.settle()
                try await bench.settle()
            }
            try await look()
            let timers = bench.loop.timerCount
            for _ in 0..<20 { try await look() }
            #expect(bench.loop.timerCount == timers)
            bench.server.command(["ZADD", QueueBench.delayed, "1", "later"])
            bench.clock.advance(by: .seconds(31))
            await TestRedis.until(bench.loop) { jobs.ids == ["later"] }
        }
    }

    @Test(
        "a worker whose clock differs from that of Redis looks once, and again when the job is due",
        arguments: [-3_600, 3_600])
    static func skewed(seconds: Int) async throws {
        try await run(slots: 2) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            bench.clock.advance(by: .seconds(seconds))
            await bound.value.untilIdle()
            try await bench.add("later")
            let claim = try #require(try await bench.claim(bench.other).first)
            _ = try await bench.other.release(claim, delay: .seconds(30), countsAttempt: true)
            bench.server.command(["CONFIG", "RESETSTAT"])
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { bench.calls("evalsha") == 1 }
            for _ in 0..<20 {
                bench.clock.advance(by: .seconds(1))
                try await bench.settle()
            }
            #expect(bench.calls("evalsha") == 1)
            bench.server.command(["ZADD", QueueBench.delayed, "1", "later"])
            bench.clock.advance(by: .seconds(11))
            await TestRedis.until(bench.loop) { jobs.ids == ["later"] }
        }
    }

    @Test("after a lost lease the claimer waits; when its jobs have been reaped, it claims again")
    static func fenced() async throws {
        try await run(slots: 4) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            try await bench.add("a1")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["a1"] }
            // 0 marks a worker whose jobs are being reaped.
            bench.server.command(["ZADD", QueueBench.leases, "0", bench.one.boot])
            try await bench.add("b1", lane: "b")
            claimer.look(QueueBench.sessions)
            // The first turn sends the claim, and the second has its reply.
            try await bench.settle()
            try await bench.settle()
            #expect(jobs.ids == ["a1"])
            jobs.abandon()
            #expect(try await bench.tick(bench.other, .retry).reaped == 1)
            #expect(jobs.ids == ["a1"])
            bench.clock.advance(by: .milliseconds(600))
            await TestRedis.until(bench.loop) { jobs.begun.count == 3 }
            #expect(jobs.ids.dropFirst().sorted() == ["a1", "b1"])
        }
    }

    @Test("a shard whose lease is lost does not stop the claims in the others")
    static func fencedShard() async throws {
        try await run(slots: 4) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            bench.server.command(["ZADD", QueueBench.leases, "0", bench.one.boot])
            let other = QueuePlace(.sessions, shard: 5)
            try await QueueProducer(bench.redis).enqueue(
                Job(id: "b1", lane: "b", weight: 1, payload: [[], []]), in: other)
            claimer.look(QueueBench.sessions)
            try await bench.settle()
            try await bench.settle()
            claimer.look(other)
            // The clock of the loop stands still.
            await TestRedis.until(bench.loop) { jobs.ids == ["b1"] }
        }
    }

    @Test("a full worker passes a wake-up to another one")
    static func passes() async throws {
        try await run(slots: 1) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            // The other worker finds nothing, and waits for a wake-up.
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(bench.server.command(["SMEMBERS", QueueBench.waiters]).contains("other"))
            try await bench.add("a1")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["a1"] }
            #expect(try await bench.claim(bench.other).isEmpty)
            claimer.wake(QueueBench.sessions)
            await TestRedis.until(bench.loop) {
                !bench.server.command(["SMEMBERS", QueueBench.waiters]).contains("other")
            }
        }
    }

    @Test("a draining claimer begins nothing more, and its jobs go back in order, without a counted attempt")
    static func drains() async throws {
        try await run(slots: 5) { bound in
            let (bench, jobs, claimer) = (bound.value.bench, bound.value.jobs, bound.value.claimer)
            try await bench.add("a1", "a2", "a3")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["a1", "a2", "a3"] }
            claimer.drain()
            try await bench.add("a4")
            claimer.look(QueueBench.sessions)
            await claimer.releaseAll()
            let taken = try await bench.claim(bench.other)
            // In the order in which they were accepted.
            #expect(taken.map(\.id) == ["a1", "a2", "a3", "a4"])
            #expect(taken.allSatisfy { $0.attempts == 0 && $0.crashes == 0 })
            #expect(jobs.ids == ["a1", "a2", "a3"])
        }
    }
}
