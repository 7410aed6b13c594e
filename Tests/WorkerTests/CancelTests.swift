import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Sessions that their owner cancels, at each stage.
@Suite("Cancellation")
struct CancelTests {
    private let bench: HandlerBench
    private let renderer = ScriptedRenderer()
    private let runner: TryOnRunner

    private init(_ bench: HandlerBench) {
        self.bench = bench
        runner = bench.runner(renderer)
    }

    private func accept() throws -> String {
        let garment = try bench.tenant.addCatalogue().garment
        try bench.tenant.keepEvents()
        return try bench.tenant.tryOn([garment, garment, garment]).string("id")
    }

    private func cancel(_ id: String) throws -> TestAnswer {
        try bench.tenant.client.post("/api/v1/cart-tryons/\(id)/cancel", "")
    }

    private func runNext() async throws {
        await runner.run(try #require(try await bench.claim(.sessions).first))
    }

    private func credits(_ field: String) -> String {
        let name = bench.stack.redis.command(["KEYS", "credits:*:\(bench.tenant.organizationID)"])
        return bench.stack.redis.command(["HGET", name, field])
    }

    private var ledger: String {
        bench.stack.sql("SELECT COALESCE(SUM(amount), 0) FROM credit_ledger WHERE kind <> 'grant'")
    }

    private var events: String { bench.stack.sql("SELECT GROUP_CONCAT(type) FROM webhook_events") }

    @Test("a waiting session is canceled at once, its hold is released, and no worker charges it")
    static func waiting() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            #expect(tests.credits("held") == "3")
            for _ in 0..<2 {
                let answer = try tests.cancel(id)
                #expect(answer.status == 200 && answer.string("status") == "canceled")
                #expect(tests.credits("held") == "0")
                #expect(try bound.value.tenant.status(id) == "canceled")
            }
            try await tests.runNext()
            #expect(tests.renderer.rendered.isEmpty)
            #expect(tests.ledger == "0" && tests.events == "tryon.canceled")
            #expect(try tests.cancel(id).status == 200)
            bound.value.stack.expectAccountsToBalance()
        }
    }

    @Test("a canceled session stays canceled and listed while it waits, and after a worker has started it")
    static func listed() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            #expect(try tests.cancel(id).status == 200)
            let list = try bound.value.tenant.client.get("/api/v1/cart-tryons")
            #expect(list.text.contains(id) && list.text.contains(#""status":"canceled""#))
            let claim = try #require(try await bound.value.claim(.sessions).first)
            #expect(try await bound.value.queue.start(claim) == .canceled)
            #expect(try bound.value.tenant.status(id) == "canceled")
            #expect(try tests.cancel(id).status == 200)
        }
    }

    @Test("a restored session that was charged is canceled by its worker, and is not told as canceled before")
    static func restored() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let id = try tests.accept()
            tests.renderer.answers = [.failure(.busy)]
            try await tests.runNext()
            bench.stack.redis.command(["FLUSHALL"])
            _ = try await Reconciler(redis: bench.queue.redis, mysql: bench.mysql)
                .run(withAccounts: false).get()
            #expect(try bench.tenant.status(id) == "processing")
            #expect(try tests.cancel(id).status == 202)
            try await tests.runNext()
            #expect(try bench.tenant.status(id) == "canceled")
            #expect(tests.ledger == "0")
            bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a session that is canceled after it was claimed and before it is started is not charged")
    static func claimed() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let claim = try #require(try await bound.value.claim(.sessions).first)
            #expect(try tests.cancel(id).status == 202)
            #expect(tests.credits("held") == "3")
            await tests.runner.run(claim)
            #expect(try bound.value.tenant.status(id) == "canceled")
            #expect(bound.value.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "0")
            #expect(tests.credits("held") == "0")
            bound.value.stack.expectAccountsToBalance()
        }
    }

    @Test("of a session that is being rendered, the items that are not started are canceled and refunded")
    static func rendering() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            var answers: [Int] = []
            tests.renderer.beforeAnswer = {
                if tests.renderer.rendered.count == 2, let answer = try? tests.cancel(id) {
                    answers.append(answer.status)
                }
            }
            try await tests.runNext()
            #expect(answers == [202])
            #expect(tests.renderer.rendered.count == 2)
            let view = try bound.value.tenant.client.get("/api/v1/cart-tryons/\(id)")
            #expect(view.string("status") == "canceled")
            #expect(
                bound.value.stack.sql("SELECT GROUP_CONCAT(status ORDER BY position) FROM cart_tryon_items")
                    == "completed,completed,canceled")
            #expect(tests.ledger == "-2" && tests.events == "tryon.canceled")
            #expect(try tests.cancel(id).status == 200)
            bound.value.stack.expectAccountsToBalance()
        }
    }

    @Test("a cancellation outlives the worker, and a Redis that lost it")
    static func takenOver() async throws {
        try await HandlerBench.run { bound in
            let (bench, tests) = (bound.value, Self(bound.value))
            let id = try tests.accept()
            tests.renderer.answers = [.failure(.busy)]
            try await tests.runNext()
            #expect(try tests.cancel(id).status == 202)
            bench.stack.redis.command(["FLUSHALL"])
            _ = try await Reconciler(redis: bench.queue.redis, mysql: bench.mysql)
                .run(withAccounts: false).get()
            try await tests.runNext()
            #expect(tests.renderer.rendered.count == 1)
            #expect(try bench.tenant.status(id) == "canceled")
            #expect(tests.ledger == "0")
            bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a session that has ended cannot be canceled, and a tenant cannot cancel another's")
    static func ended() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try tests.accept()
            let stranger = try bound.value.stack.makeTenant()
            let path = "/api/v1/cart-tryons/\(id)/cancel"
            #expect(try stranger.client.post(path, "").status == 404)
            #expect(tests.credits("held") == "3")
            try await tests.runNext()
            let answer = try tests.cancel(id)
            #expect(answer.status == 409 && answer.string("code") == "conflict")
            #expect(answer.string("sessionStatus") == "completed")
            #expect(tests.ledger == "-3")
        }
    }
}
