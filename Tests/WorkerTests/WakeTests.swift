import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Wake-ups through a real Redis; the loop's clock stands still, so nothing is found by waiting.
@Suite("Wake-ups")
struct WakeTests {
    @Test("a worker that waits is woken by the next job, with the name of its place")
    func woken() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let listener = try WakeListener(bench.one.boot, bench)
            await listener.start(bench.loop)
            #expect(try await bench.claim(bench.one).isEmpty)
            try await bench.add("a1")
            await TestRedis.until(bench.loop) { listener.messages == ["queue:{s03}:sessions"] }
            listener.close()
        }
    }

    @Test("a waiting worker that does not listen any more is passed over, and forgotten")
    func deaf() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let listener = try WakeListener(bench.one.boot, bench)
            await listener.start(bench.loop)
            #expect(try await bench.claim(bench.one).isEmpty)
            for boot in ["dead1", "dead2", "dead3"] { bench.server.command(["SADD", QueueBench.waiters, boot]) }
            // Redis chooses among the waiting workers at random.
            for job in 1...8 {
                try await bench.add("a\(job)")
                await TestRedis.until(bench.loop) { listener.messages.count == job }
                if listener.messages.count != job { break }
                bench.server.command(["SADD", QueueBench.waiters, bench.one.boot, "dead1", "dead2", "dead3"])
            }
            listener.close()
        }
    }

    @Test("one job wakes one worker")
    func onlyOne() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let listeners = [try WakeListener("one", bench), try WakeListener("other", bench)]
            for listener in listeners { await listener.start(bench.loop) }
            #expect(try await bench.claim(bench.one).isEmpty)
            #expect(try await bench.claim(bench.other).isEmpty)
            try await bench.add("a1")
            await TestRedis.until(bench.loop) { listeners.contains { !$0.messages.isEmpty } }
            #expect(bench.server.command(["SCARD", QueueBench.waiters]) == "1")
            for listener in listeners { listener.close() }
        }
    }

    @Test("while a worker waits, the key of its place is there, without which an admission wakes nobody")
    func marked() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            func isMarked() -> Bool { bench.server.command(["EXISTS", QueueBench.idle]) == "1" }
            for job in ["a1", "a2"] {
                #expect(try await bench.claim(bench.one).isEmpty)
                #expect(isMarked())
                // Nobody else waits: its wake-up can be passed to no other worker, and it waits on.
                try await PassWakeScript(boot: bench.one.boot, place: QueueBench.sessions).run(bench.redis)
                #expect(bench.server.command(["SMEMBERS", QueueBench.waiters]) == bench.one.boot)
                #expect(isMarked())
                try await bench.add(job)
                // As after an admission that has found nobody.
                bench.server.command(["DEL", QueueBench.waiters, QueueBench.idle])
                #expect(try await bench.claim(bench.one).map(\.id) == [job])
            }
        }
    }

    @Test("a draining worker passes its wake-up to another one")
    func draining() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let listener = try WakeListener("other", bench)
            await listener.start(bench.loop)
            let jobs = RecordedJobs(bench.one, bench.loop)
            let claimers = JobClaimers(
                loop: bench.loop, queue: bench.one, kinds: [jobs.kind(slots: RecordedJobs.slots(1))],
                logger: Logger(writer: LogWriter(), component: "test", level: .error))
            #expect(try await bench.claim(bench.other).isEmpty)
            claimers.drain()
            claimers.wake("queue:{s03}:sessions")
            await TestRedis.until(bench.loop) { listener.messages == ["queue:{s03}:sessions"] }
            listener.close()
        }
    }

    @Test("a wake-up makes its claimer look at the place; other messages are ignored")
    func routed() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let jobs = RecordedJobs(bench.one, bench.loop)
            let claimers = JobClaimers(
                loop: bench.loop, queue: bench.one, kinds: [jobs.kind(slots: RecordedJobs.slots(2))],
                logger: Logger(writer: LogWriter(), component: "test", level: .error))
            let box = LoopBound(claimers, on: bench.loop)
            let loop = bench.loop
            let running = Task(executorPreference: loop) { await box.value.run(on: loop) }
            try await bench.add("a1")
            for message in [
                "", "sessions", "queue:{s03}", "queue:{s16}:sessions", "queue:{s-1}:sessions", "queue:{s03}:nothing",
            ] {
                claimers.wake(message)
            }
            // A claim would be sent in the first turn, and its reply come in the second.
            try await bench.settle()
            try await bench.settle()
            #expect(jobs.ids == [])
            claimers.wake("queue:{s03}:sessions")
            await TestRedis.until(bench.loop) { jobs.ids == ["a1"] }
            claimers.drain()
            jobs.abandon()
            await running.value
        }
    }
}
