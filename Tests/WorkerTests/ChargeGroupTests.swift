import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// Several sessions of one organisation in one charging transaction.
@Suite("Charge of a group")
struct ChargeGroupTests {
    /// Charges three sessions of two credits each in one group.
    private static func charge(
        _ bench: TransactionBench, idempotencyKey: String?, as owner: String = "one:1"
    ) async throws -> [SessionID] {
        let sessions = try bench.sessions(3, of: owner, idempotencyKey: idempotencyKey)
        #expect(try await bench.charge(sessions).count == 3)
        return sessions.map(\.id)
    }

    private static func ends(_ bench: TransactionBench) -> String {
        bench.bench.stack.sql(
            "SELECT id, status, COALESCE(error_code, duplicate_of, '-') FROM cart_tryon_sessions ORDER BY id")
    }

    @Test("sessions that together cost more than the balance are charged as far as it goes, and the rest fails")
    func balance() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            // Redis has admitted all of them, with a balance that MariaDB does not have any more.
            _ = stack.sql("UPDATE organizations SET credits = 5; UPDATE credit_ledger SET amount = 5")
            let ids = try await Self.charge(bench, idempotencyKey: nil)
            let expected = ["processing\t-", "processing\t-", "failed\tinsufficient_credits"]
            #expect(Self.ends(bench) == zip(ids, expected).map { "\($0)\t\($1)" }.joined(separator: "\n"))
            #expect(stack.sql("SELECT credits FROM organizations") == "1")
            stack.expectAccountsToBalance()
        }
    }

    @Test("of a group, new sessions are charged, and those that are charged or have ended are not charged again")
    func charged() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            let ids = try await Self.charge(bench, idempotencyKey: nil)
            _ = stack.sql(
                """
                DELETE FROM credit_ledger WHERE session_id = '\(ids[0])';
                UPDATE organizations SET credits = credits + 2;
                DELETE FROM cart_tryon_items WHERE session_id = '\(ids[0])';
                DELETE FROM cart_tryon_sessions WHERE id = '\(ids[0])';
                UPDATE cart_tryon_sessions SET status = 'failed', error_code = 'x' WHERE id = '\(ids[2])'
                """)
            #expect(try await Self.charge(bench, idempotencyKey: nil, as: "other:1") == ids)
            #expect(bench.repeated.value == 1)
            let expected = ["processing\t-", "processing\t-", "failed\tx"]
            #expect(Self.ends(bench) == zip(ids, expected).map { "\($0)\t\($1)" }.joined(separator: "\n"))
            #expect(
                stack.sql("SELECT owner FROM cart_tryon_sessions ORDER BY id") == "other:1\nother:1\none:1")
            #expect(stack.sql("SELECT COUNT(*), SUM(amount) FROM credit_ledger WHERE kind = 'charge'") == "3\t-6")
            stack.expectAccountsToBalance()
        }
    }

    @Test("sessions that failed for want of credits are not charged by a later claim, when there are credits")
    func failed() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            _ = stack.sql("UPDATE organizations SET credits = 1; UPDATE credit_ledger SET amount = 1")
            let ids = try await Self.charge(bench, idempotencyKey: nil)
            _ = stack.sql("UPDATE organizations SET credits = 100; UPDATE credit_ledger SET amount = 100")
            // Their worker died before it told Redis. No entry of the ledger protects them.
            #expect(try await Self.charge(bench, idempotencyKey: nil, as: "other:1") == ids)
            #expect(Self.ends(bench) == ids.map { "\($0)\tfailed\tinsufficient_credits" }.joined(separator: "\n"))
            #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "0")
            stack.expectAccountsToBalance()
        }
    }

    @Test("of two claims of one session in a group the later one decides, and the earlier one is fenced")
    func twoClaims() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let stack = bench.bench.stack
            let ends = "SELECT status, cost_credits, owner FROM cart_tryon_sessions"
            // The worker was away after its first claim; the owner has canceled meanwhile.
            let (early, late) = (try bench.session(of: "one:1"), try bench.session(of: "one:2"))
            let canceled = try await bench.charge([early, late.canceled])
            #expect(canceled.count == 2)
            #expect(stack.sql(ends) == "canceled\t0\tone:2")
            #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "0")
            stack.expectAccountsToBalance()
            _ = stack.sql("DELETE FROM cart_tryon_items; DELETE FROM cart_tryon_sessions")
            let charged = try await bench.charge([early.canceled, late])
            #expect(stack.sql(ends) == "processing\t2\tone:2")
            let items = try #require(Result<_, MySQLError>.success(charged).items)
            #expect(try await bench.complete(as: "one:1", items)().isFenced)
            #expect(try await bench.complete(as: "one:2", items)().isCompleted)
            bench.expectOneCharge()
        }
    }

    @Test("of sessions with one idempotency key in a group the first is charged, and the others are its duplicates")
    func idempotency() async throws {
        try await TransactionBench.run { bound in
            let bench = bound.value
            let ids = try await Self.charge(bench, idempotencyKey: "k")
            let expected = ["processing\t-", "canceled\t\(ids[0])", "canceled\t\(ids[0])"]
            #expect(Self.ends(bench) == zip(ids, expected).map { "\($0)\t\($1)" }.joined(separator: "\n"))
            bench.expectOneCharge()
        }
    }
}
