import Domain
import Testing

@testable import Ingress

/// The withdrawal of sessions whose acceptance is unknown, against a real Redis.
@Suite("Withdraw script")
struct WithdrawScriptTests {
    private static let id = SessionID(value: 1 << 80)
    private static let other = SessionID(value: 2 << 80)

    @Test("a session that a worker has claimed is not withdrawn, and keeps its hold and its idempotency key")
    func claimed() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            bench.server.command(["HSET", bench.session(Self.id), "claims", "1"])
            #expect(try await bench.withdraw(Self.id, idempotencyKey: "k") == .alreadyClaimed)
            #expect(bench.server.command(["HEXISTS", bench.session(Self.id), "cancel"]) == "0")
            #expect(bench.holders == [Self.id.description])
            #expect(bench.account("held") == "1")
            let replay = AdmissionScript.Decision.replay(Self.id, creditsRemaining: 99)
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == replay)
        }
    }

    @Test("a withdrawn session releases its hold once, and its idempotency key can be used again")
    func withdrawn() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            for _ in 0..<2 {
                #expect(try await bench.withdraw(Self.id, idempotencyKey: "k") == .withdrawn)
                #expect(bench.account("held") == "0")
                #expect(bench.holders == [])
            }
            // The worker that claims it ends it as canceled.
            #expect(bench.server.command(["HGET", bench.session(Self.id), "cancel"]) == "1")
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
        }
    }

    @Test("the withdrawal of a session of a test key, whose hold is 0, is complete")
    func testKey() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let admitted = try await bench.admit(Self.id, idempotencyKey: "k", environment: .test)
            #expect(admitted == .accepted(creditsRemaining: 100))
            #expect(bench.holders == [Self.id.description])
            #expect(try await bench.withdraw(Self.id, idempotencyKey: "k", environment: .test) == .withdrawn)
            #expect(bench.holders == [])
            #expect(bench.account("held") == "0")
            #expect(bench.server.command(["HGET", bench.session(Self.id), "cancel"]) == "1")
            #expect(bench.idempotencyHashes.isEmpty)
        }
    }

    @Test("a withdrawal does not delete the idempotency key of another session")
    func keyOfAnother() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            #expect(try await bench.admit(Self.other) == .accepted(creditsRemaining: 99))
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .accepted(creditsRemaining: 98))
            #expect(try await bench.withdraw(Self.other, idempotencyKey: "k") == .withdrawn)
            #expect(bench.idempotencyHashes.count == 1)
        }
    }
}
