import Platform
import TestKit
import Testing

@testable import Worker

/// A worker that starts again after its death, before its last lease ends.
@Suite("Previous boot")
struct PreviousBootTests {
    private static func ticker(_ bench: QueueBench, _ jobs: RecordedJobs, previousBoot: String?) -> QueueTicker {
        let logger = Logger(writer: LogWriter(), component: "test", level: .error)
        let kind = jobs.kind(slots: RecordedJobs.slots(10))
        let claimer = JobClaimer(loop: bench.loop, queue: bench.one, kinds: [kind], logger: logger)
        return QueueTicker(
            loop: bench.loop, queue: bench.one, served: [(kind, claimer)], telemetry: WorkerTelemetry(),
            logger: logger, previousBoot: previousBoot)
    }

    /// Runs a ticker until its first round has reached every shard.
    private static func firstRound(_ bench: QueueBench, previousBoot: String?) async {
        let ticker = LoopBound(
            Self.ticker(bench, RecordedJobs(bench.one, bench.loop), previousBoot: previousBoot), on: bench.loop)
        let running = Task(executorPreference: bench.loop) { await ticker.value.run() }
        await TestRedis.until(bench.loop) {
            // Those of this boot; the last shard is ticked last.
            bench.server.command(["ZSCORE", "queue:{s15}:sessions:leases", bench.one.boot]) != ""
        }
        ticker.value.stop()
        bench.clock.advance(by: .seconds(1))
        await running.value
    }

    @Test("its jobs are back in their lanes after the first round, although their lease has not ended")
    func reaped() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            let claim = try #require(try await bench.claim(bench.other).first)
            try await bench.other.start(claim)
            await Self.firstRound(bench, previousBoot: bench.other.boot)
            let claims = try await bench.claim(bench.one)
            #expect(claims.map(\.id) == ["a1"])
            #expect(claims.first?.crashes == 1)
            // What the old process still had in flight is too late.
            #expect(try await bench.acknowledge(bench.other, claim) == false)
        }
    }

    @Test("without a known previous boot the jobs of a worker stay until its lease ends")
    func unknown() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            let claim = try #require(try await bench.claim(bench.other).first)
            await Self.firstRound(bench, previousBoot: nil)
            #expect(try await bench.claim(bench.one).isEmpty)
            #expect(try await bench.acknowledge(bench.other, claim))
        }
    }
}
