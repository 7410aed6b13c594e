import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The ticker on a simulated clock, with a real Redis.
@Suite("Queue ticker")
struct QueueTickerTests {
    private let bench: QueueBench
    private let jobs: RecordedJobs
    private let claimer: JobClaimer
    private let ticker: QueueTicker

    private init(_ bench: QueueBench, previousBoot: String? = nil) {
        self.bench = bench
        let logger = Logger(writer: LogWriter(), component: "test", level: .error)
        jobs = RecordedJobs(bench.one, bench.loop)
        let kind = jobs.kind(slots: RecordedJobs.slots(10))
        claimer = JobClaimer(loop: bench.loop, queue: bench.one, kinds: [kind], logger: logger)
        ticker = QueueTicker(
            loop: bench.loop, queue: bench.one, served: [(kind, claimer)], telemetry: WorkerTelemetry(),
            logger: logger, previousBoot: previousBoot)
    }

    /// The number of shards in which this worker has a lease.
    private var leases: Int {
        Int(bench.server.command(["EVAL", "return #redis.call('KEYS', 'queue:*:sessions:leases')", "0"])) ?? 0
    }

    @Test("the first round ticks every shard at once, and later rounds one shard after the other in four seconds")
    static func rounds() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let tests = LoopBound(Self(bench), on: bench.loop)
            let running = Task(executorPreference: bench.loop) { await tests.value.ticker.run() }
            await TestRedis.until(bench.loop) { tests.value.leases == 16 }
            bench.server.command(["FLUSHALL"])
            try await bench.settle()
            // A shard every 250 ms of the loop's clock; none while it stands still.
            try await Task.sleep(for: .milliseconds(400))
            #expect(tests.value.leases == 0)
            for count in 1...16 {
                bench.clock.advance(by: .milliseconds(250))
                await TestRedis.until(bench.loop) { tests.value.leases == count }
                try await bench.settle()
            }
            tests.value.ticker.stop()
            bench.clock.advance(by: .milliseconds(250))
            await running.value
        }
    }

    @Test("the jobs that this instance held when it died are reaped in the first round, before their lease ends")
    static func previousBoot() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            #expect(try await bench.claim(bench.other).map(\.id) == ["a1"])
            let tests = Self(bench, previousBoot: bench.other.boot)
            #expect(await tests.ticker.tick(QueueBench.sessions.shard, deadBoot: bench.other.boot))
            #expect(try await bench.claim(bench.one).map(\.id) == ["a1"])
        }
    }

    @Test("a claim whose reply was lost is released at the second tick that finds it, not at the first")
    static func lostReply() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let tests = Self(bench)
            try await bench.add("a1")
            // Redis lists the job for this worker, and the claimer does not know it.
            #expect(try await bench.claim(bench.one).map(\.id) == ["a1"])
            #expect(await tests.ticker.tick(QueueBench.sessions.shard, deadBoot: nil))
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(await tests.ticker.tick(QueueBench.sessions.shard, deadBoot: nil))
            let claims = try await bench.claim(bench.other)
            #expect(claims.map(\.id) == ["a1"])
            #expect(claims.first?.attempts == 0)
        }
    }

    @Test("a job that Redis has lost while this worker runs it is enqueued again at the second tick")
    static func lostJob() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let tests = LoopBound(Self(bench), on: bench.loop)
            let claimer = tests.value.claimer
            let running = Task(executorPreference: bench.loop) { await tests.value.claimer.run() }
            try await bench.add("a1")
            claimer.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { tests.value.jobs.ids == ["a1"] }
            // A server that was restored without its last second.
            bench.server.command(["FLUSHALL"])
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard, deadBoot: nil))
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard, deadBoot: nil))
            #expect(try await bench.claim(bench.other).map(\.id) == ["a1"])
            claimer.drain()
            tests.value.jobs.abandon()
            await running.value
        }
    }

    @Test("work that a tick finds makes the claimer look")
    static func finds() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let tests = LoopBound(Self(bench), on: bench.loop)
            let running = Task(executorPreference: bench.loop) { await tests.value.claimer.run() }
            // Its wake-up is lost, because nobody listens.
            try await bench.add("a1")
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard, deadBoot: nil))
            await TestRedis.until(bench.loop) { tests.value.jobs.ids == ["a1"] }
            tests.value.claimer.drain()
            tests.value.jobs.abandon()
            await running.value
        }
    }
}
