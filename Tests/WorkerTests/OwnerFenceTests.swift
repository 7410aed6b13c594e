import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Two workers that hold one session, because the first was paused for longer than its lease.
@Suite("Owner fence")
struct OwnerFenceTests {
    private static func results(_ stack: TestStack) -> String {
        stack.sql("SELECT status, renderer FROM cart_tryon_items ORDER BY position")
    }

    @Test("a session that two workers charge at the same time is charged once, and both transactions succeed")
    func charging() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            try bench.block("SELECT id FROM organizations FOR UPDATE")
            let first = try bench.charge(as: "one:1")
            let second = try bench.charge(as: "other:1")
            let one = Task { await first() }
            let other = Task { await second() }
            try await bench.poll(waiting: 2)
            try bench.commit()
            let charged = [await one.value, await other.value]
            #expect(charged.map { $0.items?.count } == [2, 2])
            bench.expectOneCharge()
        }
    }

    @Test(
        "of two workers that have rendered a session only its owner completes it: one charge, event and set of results")
    func ownerCompletes() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            #expect(try bench.bench.tenant.hook("https://example.com/hook").status == 201)
            let slow = try #require(try await bench.charge(as: "one:1")().items)
            let quick = try #require(try await bench.charge(as: "other:1")().items)
            #expect(slow == quick)
            // The session is still processing, and belongs to the other worker: no result, refund or event is written.
            #expect(try await bench.complete(as: "one:1", slow, isPartial: true)().isFenced)
            #expect(stack.sql("SELECT status, owner FROM cart_tryon_sessions") == "processing\tother:1")
            #expect(Self.results(stack) == "processing\tNULL\nprocessing\tNULL")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_events") == "0")
            bench.expectOneCharge()
            #expect(try await bench.complete(as: "other:1", quick)().isCompleted)
            // The session has ended meanwhile.
            #expect(try await bench.complete(as: "one:1", slow, isPartial: true)().isFenced)
            #expect(Self.results(stack) == "completed\tother:1\ncompleted\tother:1")
            #expect(stack.sql("SELECT type FROM webhook_events") == "tryon.completed")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_deliveries") == "1")
            bench.expectOneCharge()
        }
    }

    @Test("a session that was taken over does not keep its group from ending, and has the results of its owner")
    func groupOfBoth() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            _ = try await bench.charge(as: "one:1")()
            let items = try #require(try await bench.charge(as: "other:1")().items)
            let outcomes = try await bench.complete(as: ["one:1", "other:1", "gone:1"], items)().get()
            #expect(outcomes.map { Result<_, MySQLError>.success([$0]).isFenced } == [true, false, true])
            #expect(Self.results(stack) == "completed\tother:1\ncompleted\tother:1")
            let session = try bench.session(of: "other:1")
            let paths = items.map { ObjectPath.result(session.job.organizationID, session.id, $0.id) }
            #expect(
                stack.sql("SELECT result_path FROM cart_tryon_items ORDER BY position")
                    == paths.joined(separator: "\n"))
            bench.expectOneCharge()
        }
    }

    @Test("of a group that ends alike, a session that was taken over gets nothing, and the others end")
    func partOfGroup() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            try bench.bench.tenant.keepEvents()
            let sessions = try bench.sessions(3, of: "one:1")
            let charged = try await bench.charge(sessions)
            let taken = sessions[1].id
            _ = stack.sql("UPDATE cart_tryon_sessions SET owner = 'other:1' WHERE id = '\(taken)'")
            let rendered = zip(sessions, charged).map { session, outcome in
                let items = Result<_, MySQLError>.success([outcome]).items ?? []
                return bench.rendered(session, items, isPartial: true)
            }
            let outcomes = try await bench.completion(of: rendered)().get()
            #expect(outcomes.map { Result<_, MySQLError>.success([$0]).isFenced } == [false, true, false])
            #expect(bench.repeated.value == 1)
            #expect(stack.sql("SELECT id FROM cart_tryon_sessions WHERE status = 'processing'") == "\(taken)")
            #expect(
                stack.sql("SELECT DISTINCT session_id FROM cart_tryon_items WHERE status = 'processing'") == "\(taken)")
            #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "2")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_events WHERE subject_id = '\(taken)'") == "0")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_events") == "2")
            stack.expectAccountsToBalance()
        }
    }

    @Test("a completion that is run again after its commit changes nothing")
    func repeated() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            try bench.bench.tenant.keepEvents()
            let items = try #require(try await bench.charge(as: "one:1")().items)
            #expect(try await bench.complete(as: "one:1", items, isPartial: true)().isCompleted)
            #expect(try await bench.complete(as: "one:1", items, isPartial: true)().isFenced)
            #expect(bench.bench.stack.sql("SELECT type FROM webhook_events") == "tryon.partially_completed")
            bench.expectOneCharge(refunds: 1)
        }
    }

    /// A group with a second, lost claim reads the owner before it writes.
    @Test(
        "a completion waits for the commit of a take-over, and is then fenced",
        arguments: [["one:1"], ["one:1", "lost:1"]])
    func takeOverFirst(_ owners: [String]) async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let items = try #require(try await bench.charge(as: "one:1")().items)
            try bench.block("UPDATE cart_tryon_sessions SET owner = 'other:1'")
            let completion = try bench.complete(as: owners, items)
            let completed = Task { await completion() }
            try await bench.poll(waiting: 1)
            try bench.commit()
            #expect(await completed.value.isFenced)
            #expect(bench.bench.stack.sql("SELECT status, owner FROM cart_tryon_sessions") == "processing\tother:1")
            #expect(Self.results(bench.bench.stack) == "processing\tNULL\nprocessing\tNULL")
        }
    }

    @Test("a session that has ended is not taken over, and not charged again")
    func ended() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let items = try #require(try await bench.charge(as: "one:1")().items)
            #expect(try await bench.complete(as: "one:1", items)().isCompleted)
            let outcome = try #require(try await bench.charge(as: "other:1")().get().first)
            guard case .ended = outcome else {
                Issue.record("the session was to be rendered again")
                return
            }
            #expect(bench.bench.stack.sql("SELECT status, owner FROM cart_tryon_sessions") == "completed\tone:1")
            bench.expectOneCharge()
        }
    }
}
