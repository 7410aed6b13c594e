import Foundation
import Platform
import TestKit
import Testing

/// A worker that is paused for longer than its lease while it renders, and then goes on.
@Suite("Paused worker")
struct PausedWorkerTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let receiver: TestReceiver
    private let garment: String

    private init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
        receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url()).status == 201)
        garment = try #require(try TestPictures.catalogue(tenant)["tee"])
    }

    private func startWorker() throws -> TestWorker {
        try stack.startWorker(["DRAPE_RENDERER": "compositor"])
    }

    /// Accepts a session that takes long enough to render for its worker to be paused meanwhile.
    private func accept() throws -> String {
        let answer = try tenant.tryOn([String](repeating: garment, count: 2), quality: "4K")
        guard answer.status == 201 else { throw ServerProcess.Failure.notReady(answer.description) }
        return answer.string("id")
    }

    /// Waits until a worker other than `old` owns the session in MariaDB, and pauses it.
    /// - Returns: the owner.
    private func pause(_ worker: TestWorker, whenNot old: String = "") async throws -> String {
        try await poll("a worker that renders") { ![old, "", "NULL"].contains(owner) }
        try worker.signal(SIGSTOP)
        #expect(stack.sql("SELECT status FROM cart_tryon_sessions") == "processing")
        return owner
    }

    private var owner: String { stack.sql("SELECT owner FROM cart_tryon_sessions") }

    /// Ends the leases of a worker, as 15 seconds without a tick would.
    private func expire(_ owner: String) {
        let boot = String(owner.prefix { $0 != ":" })
        for leases in stack.redis.command(["KEYS", "queue:*:leases"]).split(separator: "\n") {
            stack.redis.command(["ZADD", String(leases), "XX", "1", boot])
        }
    }

    private static func fenced(_ worker: TestWorker) throws -> Bool {
        try worker.client.get("/metrics").text.contains("drape_sessions_fenced_total 1\n")
    }

    /// Expects that the session is completed, charged, reported and delivered exactly once.
    private func expectOneEnd(_ id: String) async throws {
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "completed")
        #expect(stack.sql("SELECT COUNT(*), SUM(amount) FROM credit_ledger WHERE kind <> 'grant'") == "1\t-8")
        #expect(stack.sql("SELECT type FROM webhook_events") == "tryon.completed")
        let results = "SELECT COUNT(*), COUNT(DISTINCT result_path) FROM cart_tryon_items WHERE status = 'completed'"
        #expect(stack.sql(results) == "2\t2")
        try await poll("the delivery") { stack.sql("SELECT status FROM webhook_deliveries") == "delivered" }
        #expect(receiver.received.count == 1)
        try await poll("an empty queue") {
            stack.redis.command(["KEYS", "session:*"]) == ""
                && stack.redis.command(["KEYS", "queue:*:sessions:processing:*"]) == ""
        }
        stack.expectAccountsToBalance()
    }

    @Test("a worker that wakes up after another one has completed its session changes nothing")
    func wakesAfterTheEnd() async throws {
        let id = try accept()
        let paused = try startWorker()
        expire(try await pause(paused))
        let other = try startWorker()
        try await tenant.waitForEnd(id)
        try paused.signal(SIGCONT)
        try await poll("the fence") { try Self.fenced(paused) }
        try await expectOneEnd(id)
        #expect(other.isReady)
    }

    @Test("a worker that wakes up while another one renders its session does not complete it; the other one does")
    func wakesWhileTheOtherRenders() async throws {
        let id = try accept()
        let first = try startWorker()
        let owner = try await pause(first)
        expire(owner)
        let second = try startWorker()
        let newOwner = try await pause(second, whenNot: owner)
        // The session is still processing: only its owner tells the workers apart.
        try first.signal(SIGCONT)
        try await poll("the fence, or an end") { try Self.fenced(first) || tenant.status(id) != "processing" }
        #expect(try Self.fenced(first))
        #expect(stack.sql("SELECT status, owner FROM cart_tryon_sessions") == "processing\t\(newOwner)")
        try second.signal(SIGCONT)
        try await expectOneEnd(id)
    }
}
