import Platform
import TestKit
import Testing

@testable import Worker

/// A worker that was paused for longer than its lease.
@Suite("Jobs of a lost lease")
struct LostLeaseTests {
    @Test("a job that another worker has ended is not enqueued again by the worker that lost its lease")
    func ended() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let logger = Logger(writer: LogWriter(), component: "test", level: .error)
            let jobs = RecordedJobs(bench.one, bench.loop)
            jobs.isOpen = false
            let kind = jobs.kind(slots: RecordedJobs.slots(10))
            let claimer = LoopBound(
                JobClaimer(loop: bench.loop, queue: bench.one, kinds: [kind], logger: logger), on: bench.loop)
            let ticker = QueueTicker(
                loop: bench.loop, queue: bench.one, served: [(kind, claimer.value)], telemetry: WorkerTelemetry(),
                logger: logger, previousBoot: nil)
            let running = Task(executorPreference: bench.loop) { await claimer.value.run() }
            try await bench.add("a1")
            claimer.value.look(QueueBench.sessions)
            await TestRedis.until(bench.loop) { jobs.ids == ["a1"] }
            // The claimer has looked once more, and found nothing.
            await TestRedis.until(bench.loop) { bench.server.command(["SCARD", QueueBench.waiters]) == "1" }
            // Paused for longer than its lease: another worker takes the job over, and ends it.
            bench.expire(bench.one)
            #expect(try await bench.tick(bench.other, .retry).reaped == 1)
            let claim = try #require(try await bench.claim(bench.other).first)
            #expect(try await bench.acknowledge(bench.other, claim))
            for _ in 0..<3 { #expect(await ticker.tick(QueueBench.sessions.shard)) }
            #expect(bench.server.command(["KEYS", "session:*"]) == "")
            #expect(try await bench.claim(bench.other).isEmpty)
            claimer.value.drain()
            jobs.abandon()
            await running.value
        }
    }
}
