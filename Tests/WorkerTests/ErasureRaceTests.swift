import Platform
import TestKit
import Testing

@testable import Worker

/// Erasures of a customer that overlap with the transactions of the customer's session.
@Suite("Erasures that race")
struct ErasureRaceTests {
    @Test(
        "an erasure waits for a charge that has read the photo, and then finds the session that the charge has inserted"
    )
    func duringCharge() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            // The charge has read the photo, and has not inserted the session yet.
            try bench.block("SELECT id FROM organizations FOR UPDATE")
            let charge = try bench.charge(as: "one:1")
            let charged = Task { await charge() }
            try await bench.poll(waiting: 1)
            let (erasure, _) = try await Self.beginErasure(bench)
            try bench.commit()
            #expect(await charged.value.items?.count == 2)
            try await erasure.value
            #expect(stack.sql("SELECT CONCAT('<', customer_id, '>') FROM cart_tryon_sessions") == "<>")
        }
    }

    /// Begins an erasure of the customer beside a transaction that waits, and returns when it waits, too, or is over.
    private static func beginErasure(
        _ bench: TransactionBench
    ) async throws -> (erasure: Task<Void, any Error>, isErased: Gauge) {
        let client = bench.bench.tenant.client
        let isErased = Gauge()
        let erasure = Task.detached {
            // Repeated if it has waited too long for the lock.
            try await poll("the erasure") { try client.delete("/api/v1/customers/shopper-42").status == 204 }
            isErased.set(1)
        }
        try await bench.poll(waiting: 2) { isErased.value == 1 }
        return (erasure, isErased)
    }

    /// Completes the session for these claims, of which the first owns it, while an erasure of its customer is committed.
    private static func completeDuringErasure(
        _ bench: TransactionBench, as owners: [String]
    ) async throws -> (completion: Completion, first: Result<[CompletionTransaction.Outcome], MySQLError>) {
        try bench.bench.tenant.keepEvents()
        let items = try #require(try await bench.charge(as: owners[0])().items)
        // The completion waits for the session, which the erasure has locked.
        try bench.block("SELECT id FROM cart_tryon_sessions FOR UPDATE")
        let completion = try bench.complete(as: owners, items)
        let first = Task { await completion() }
        try await bench.poll(waiting: 1)
        try bench.blocker.query("UPDATE external_customers SET external_id = NULL, deleted_at = NOW(3)")
        try bench.blocker.query("UPDATE photos SET deleted_at = NOW(3)")
        try bench.blocker.query("UPDATE cart_tryon_sessions SET customer_id = '', metadata = '{}'")
        try bench.commit()
        return (completion, await first.value)
    }

    private typealias Completion = @Sendable () async -> Result<[CompletionTransaction.Outcome], MySQLError>

    private static func expectNothingOfCustomer(_ bench: TransactionBench) {
        let stack = bench.bench.stack
        #expect(stack.sql("SELECT DISTINCT status, result_path FROM cart_tryon_items") == "failed\tNULL")
        let event = stack.sql("SELECT body FROM webhook_events")
        #expect(event.contains("photo_unavailable") && !event.contains("shopper-42"))
        // A picture that was stored before the completion is deleted later.
        #expect(stack.sql("SELECT COUNT(*) FROM erasures WHERE kind = 'file'") == "2")
        bench.expectOneCharge(refunds: 2)
    }

    @Test("an erasure waits for a completion that has ended the session, and then removes what it has written")
    func afterCompletion() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            try bench.bench.tenant.keepEvents()
            let items = try #require(try await bench.charge(as: "one:1")().items)
            // The completion has ended the session, and waits for an item.
            try bench.block("SELECT id FROM cart_tryon_items FOR UPDATE")
            let completion = try bench.complete(as: "one:1", items)
            let completed = Task { await completion() }
            try await bench.poll(waiting: 1)
            let (erasure, isErased) = try await Self.beginErasure(bench)
            #expect(isErased.value == 0)
            try bench.commit()
            #expect(await completed.value.isCompleted)
            try await erasure.value
            #expect(stack.sql("SELECT status, LENGTH(customer_id) FROM cart_tryon_sessions") == "completed\t0")
            #expect(stack.sql("SELECT COUNT(*) FROM cart_tryon_items WHERE result_path IS NOT NULL") == "0")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_events WHERE body LIKE '%shopper-42%'") == "0")
            bench.expectOneCharge()
        }
    }

    @Test("a completion whose customer was erased while it waited for its locks knows no customer")
    func duringCompletion() async throws {
        try await TransactionBench.run { bound in
            let (_, first) = try await Self.completeDuringErasure(bound.value, as: ["one:1"])
            #expect(first.isCompleted)
            Self.expectNothingOfCustomer(bound.value)
        }
    }

    @Test(
        "a completion that had read the photo before its customer was erased is repeated, and then knows no customer")
    func duringCompletionOfLostClaim() async throws {
        try await TransactionBench.run { bound in
            let stack = bound.value.bench.stack
            // A group with a lost claim reads the photo before it locks the session.
            let (completion, first) = try await Self.completeDuringErasure(bound.value, as: ["one:1", "lost:1"])
            guard case .failure(let error) = first else {
                Issue.record("the completion did not notice the erasure")
                return
            }
            #expect(error.isContended)
            #expect(stack.sql("SELECT DISTINCT status, result_path FROM cart_tryon_items") == "processing\tNULL")
            #expect(stack.sql("SELECT COUNT(*) FROM webhook_events") == "0")
            #expect(await completion().isCompleted)
            Self.expectNothingOfCustomer(bound.value)
        }
    }
}
