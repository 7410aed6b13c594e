import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// One session at a time, with real stores, a scripted renderer, and a simulated clock.
@Suite("Try-on runner")
struct TryOnRunnerTests {
    private let bench: HandlerBench
    private let renderer = ScriptedRenderer()
    private let runner: TryOnRunner

    private init(_ bench: HandlerBench) {
        self.bench = bench
        runner = bench.runner(renderer)
    }

    /// Accepts a session with two items.
    private func accept() throws -> String {
        let garment = try bench.tenant.addCatalogue().garment
        let answer = try bench.tenant.tryOn([garment, garment])
        guard answer.status == 201 else { throw ServerProcess.Failure.notReady(answer.description) }
        return answer.string("id")
    }

    /// Claims the only due job, and runs it.
    private func runNext(_ queue: QueueName = .sessions) async throws {
        let claims = try await bench.claim(queue)
        #expect(claims.count == 1)
        for claim in claims { await runner.run(claim, forcedEnd: queue == .burial ? .crashed : nil) }
    }

    private var charges: String {
        bench.stack.sql("SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM credit_ledger WHERE kind = 'charge'")
    }

    private var keysOfJobs: String { bench.stack.redis.command(["KEYS", "session:*"]) }

    @Test("a session is charged, rendered and completed, and Redis keeps nothing of it")
    static func completes() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            try await tests.runNext()
            #expect(tests.renderer.rendered.map(\.sku) == ["S0", "S1"])
            #expect(try tests.bench.tenant.status(id) == "completed")
            #expect(tests.charges.hasPrefix("1\t-"))
            #expect(tests.keysOfJobs == "")
            #expect(tests.bench.telemetry.sessions.endedCount == 1)
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a claim after which the session was claimed again charges nothing, and leaves the session to the new claim")
    static func claimedAgain() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let old = try #require(try await tests.bench.claim(.sessions).first)
            #expect(try await tests.bench.queue.release(old, countsAttempt: false))
            let new = try #require(try await tests.bench.claim(.sessions).first)
            #expect(new.number == old.number + 1)
            await tests.runner.run(old)
            #expect(tests.charges == "0\t0" && tests.renderer.rendered.isEmpty)
            #expect(tests.bench.telemetry.sessionsFenced.value == 1)
            await tests.runner.run(new)
            #expect(try tests.bench.tenant.status(id) == "completed")
            #expect(tests.charges.hasPrefix("1\t-"))
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test("what a session was charged is not available any more while it is rendered, and nothing else is held")
    static func settledAtOnce() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let credits = try #require(try tests.bench.tenant.client.get("/api/v1/credits").integer("balance"))
            _ = try tests.accept()
            var seen: [String] = []
            tests.renderer.beforeAnswer = {
                seen.append((try? tests.bench.tenant.client.get("/api/v1/credits").text) ?? "none")
            }
            try await tests.runNext()
            let left = credits - 2
            let expected = #"{"balance":\#(left),"held":0,"available":\#(left)}"#
            #expect(seen == [expected, expected])
        }
    }

    @Test("a busy renderer postpones the session by a second; no attempt is counted, and the charge stays the only one")
    static func busy() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            tests.renderer.answers = [.failure(.busy)]
            try await tests.runNext()
            #expect(try #require(tests.bench.delay(.sessions)) <= .seconds(1))
            tests.bench.makeDue(.sessions)
            let claim = try #require(try await tests.bench.claim(.sessions).first)
            #expect(claim.attempts == 0)
            await tests.runner.run(claim)
            #expect(try tests.bench.tenant.status(id) == "completed")
            #expect(tests.charges.hasPrefix("1\t-"))
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a session that fails at every attempt waits longer each time, is buried, and ends as failed and refunded")
    static func buried() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            for attempt in 0...4 {
                tests.renderer.answers = [.failure(.retry(ObjectStoreError.busy))]
                try await tests.runNext()
                guard attempt < 4 else { break }
                let delay = try #require(tests.bench.delay(.sessions))
                #expect(delay > .seconds(1 << attempt) - .milliseconds(900) && delay <= .seconds(1 << attempt))
                tests.bench.makeDue(.sessions)
            }
            #expect(tests.bench.telemetry.sessionsBuried.value == 1)
            try await tests.runNext(.burial)
            #expect(try tests.bench.tenant.status(id) == "failed")
            #expect(tests.renderer.rendered.count == 5)
            #expect(bound.value.stack.sql("SELECT SUM(amount) FROM credit_ledger WHERE kind <> 'grant'") == "0")
            #expect(tests.keysOfJobs == "")
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test("an item that cannot be rendered is refunded, and the others are completed")
    static func itemFailure() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            tests.renderer.answers = [.failure(.item(ItemFailure(code: "garment_unavailable", message: "gone")))]
            try await tests.runNext()
            #expect(try tests.bench.tenant.status(id) == "partially_completed")
            #expect(bound.value.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "1")
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a runner whose session was taken over while it rendered completes nothing")
    static func fenced() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let stack = bound.value.stack
            let status = "SELECT status FROM cart_tryon_sessions"
            tests.renderer.beforeAnswer = {
                _ = stack.sql("UPDATE cart_tryon_sessions SET owner = 'other:1'")
            }
            try await tests.runNext()
            #expect(tests.bench.telemetry.sessionsFenced.value == 1)
            #expect(tests.bench.telemetry.sessions.endedCount == 0)
            #expect(stack.sql(status) == "processing")
            // The job is in its lane again, for the worker that took it over.
            tests.renderer.beforeAnswer = {}
            try await tests.runNext()
            #expect(try tests.bench.tenant.status(id) == "completed")
            #expect(tests.charges.hasPrefix("1\t-"))
            tests.bench.stack.expectAccountsToBalance()
        }
    }
}
