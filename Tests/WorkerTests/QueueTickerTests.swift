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

    @Test(
        "the first round ticks every shard at once, and an idle worker then one shard after the other, every second time"
    )
    static func rounds() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let tests = LoopBound(Self(bench), on: bench.loop)
            let running = Task(executorPreference: bench.loop) { await tests.value.ticker.run() }
            await TestRedis.until(bench.loop) { tests.value.leases == 16 }
            bench.server.command(["FLUSHALL"])
            try await bench.settle()
            // None while the clock of the loop stands still.
            try await bench.settle()
            #expect(tests.value.leases == 0)
            for step in 1...32 {
                bench.clock.advance(by: .milliseconds(282))
                let count = step <= 16 ? (step + 1) / 2 : step / 2
                await TestRedis.until(bench.loop) { tests.value.leases == count }
                try await bench.settle()
            }
            tests.value.ticker.stop()
            bench.clock.advance(by: .milliseconds(282))
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
            #expect(await tests.ticker.tick(QueueBench.sessions.shard))
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(await tests.ticker.tick(QueueBench.sessions.shard))
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
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard))
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard))
            let names = bench.redis.keys
            let job = names.job(QueueBench.sessions.queue, shard: QueueBench.sessions.shard, "a1")
            await TestRedis.until(bench.loop) { bench.server.command(["EXISTS", job]) == "1" }
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
            #expect(await tests.value.ticker.tick(QueueBench.sessions.shard))
            await TestRedis.until(bench.loop) { tests.value.jobs.ids == ["a1"] }
            tests.value.claimer.drain()
            tests.value.jobs.abandon()
            await running.value
        }
    }

    @Test("a tick of a shard is one script for all its queues")
    static func oneScript() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let logger = Logger(writer: LogWriter(), component: "test", level: .error)
            let (jobs, slots) = (RecordedJobs(bench.one, bench.loop), RecordedJobs.slots(10))
            let kinds = QueueName.all.map { jobs.kind($0, slots: slots) }
            let claimer = JobClaimer(loop: bench.loop, queue: bench.one, kinds: kinds, logger: logger)
            let ticker = QueueTicker(
                loop: bench.loop, queue: bench.one, served: kinds.map { ($0, claimer) }, telemetry: WorkerTelemetry(),
                logger: logger, previousBoot: nil)
            #expect(await ticker.tick(3))
            bench.server.command(["CONFIG", "RESETSTAT"])
            for shard in 0..<4 { #expect(await ticker.tick(shard)) }
            #expect(bench.calls("evalsha") == 4)
            #expect(
                bench.server.command(["EVAL", "return #redis.call('KEYS', 'queue:*:leases')", "0"])
                    == "\(4 * kinds.count)")
        }
    }

    @Test("a subscription whose other end has vanished is made again after two messages that did not arrive")
    static func halfOpen() async throws {
        let server = try RedisServer(options: ["--appendonly", "no"])
        let relay = try TestRelay(to: "\(server.directory)/redis.sock")
        let clock = ManualClock()
        let thread = try LoopThread(name: "redis", clock: clock)
        let logger = Logger(writer: LogWriter(), component: "test", level: .error)
        let addresses = try ["\(server.url)", "redis://127.0.0.1:\(relay.port)"].map { try #require(RedisEndpoint($0)) }
        let heard = await thread.run { () -> [Int] in
            var made = 0
            let loop = thread.loop
            let redis = RedisStore(keys: RedisKeys(shardCount: 16)) {
                made += 1
                return RedisConnection(
                    loop: loop, endpoint: addresses[made - 1], resolver: HostResolver(loop: loop), timeout: .seconds(5),
                    scripts: [], logger: logger, statistics: RedisStatistics())
            }
            var (subscriptions, messages) = (0, 0)
            redis.subscribe("wake:one") {
                subscriptions += 1
            } onMessage: { _ in
                messages += 1
            }
            redis.start()
            await TestRedis.until(loop) { redis.isReady && subscriptions == 1 }
            let queue = QueueConsumer(loop: loop, boot: "one", redis: redis)
            let ticker = QueueTicker(
                loop: loop, queue: queue, served: [], telemetry: WorkerTelemetry(), logger: logger, previousBoot: nil)
            for count in 1...3 {
                _ = await ticker.tick(0, echoes: true)
                await TestRedis.until(loop) { messages == count }
            }
            let connections = relay.connections
            relay.silence()
            for _ in 0..<3 { _ = await ticker.tick(0, echoes: true) }
            await TestRedis.until(loop) {
                clock.advance(by: .milliseconds(10))
                return subscriptions == 2
            }
            _ = await ticker.tick(0, echoes: true)
            await TestRedis.until(loop) { messages == 4 }
            let result = [connections, relay.connections, messages]
            redis.close()
            return result
        }.value
        thread.stop()
        #expect(heard == [1, 2, 4])
    }
}
