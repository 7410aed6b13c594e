import Foundation
import Platform
import Synchronization
import TestKit
import Testing

/// A complete deployment of Drape in which any process can be killed while a session is at a chosen stage.
// Invariant: used by one test, from its own task and one task that submits; the state that they share is in a mutex.
final class KillScene: @unchecked Sendable {
    /// The stage of a session that a worker holds.
    enum Stage: String, CaseIterable {
        /// Redis lists it as held by the worker, which has not started it.
        case claim
        /// The worker has started it; it is not in MariaDB yet.
        case charge
        /// It is charged, and its picture is not stored yet.
        case render
        /// Its picture is stored, and MariaDB does not record that yet.
        case complete
        /// It has ended in MariaDB; Redis still lists it as held by the worker.
        case acknowledge
    }

    enum Victim: String, CaseIterable {
        case worker, ingress, redis, mariadb
    }

    typealias Histogram = [Stage: Int]

    let mariadb: MariaDBServer
    let stack: TestStack
    let tenant: TestTenant
    let receiver: TestReceiver
    let garment: String
    let worker: TestWorker
    let stages: StageArrangement
    private(set) var kills: [Victim: Histogram] = [:]
    private let acceptedIDs = Mutex<Set<String>>([])
    private var lastName = 0

    init() throws {
        mariadb = try MariaDBServer()
        stack = try TestStack(mariadb: mariadb, redisOptions: [], environment: TestStack.open)
        tenant = try stack.makeTenant(credits: 100_000, more: #","rateLimitPerMinute":600000"#)
        receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url()).status == 201)
        garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "32"])
        stages = StageArrangement(stack: stack, worker: worker)
    }

    var accepted: Set<String> { acceptedIDs.withLock { $0 } }

    // MARK: A client

    /// Submits sessions, and returns after all are accepted.
    @discardableResult
    func submit(_ count: Int, quality: String = "SD") async throws -> [String] {
        lastName += count
        var ids: [String] = []
        for name in lastName - count..<lastName { ids.append(try await accept("cart \(name)", quality: quality)) }
        return ids
    }

    /// Retries with the same idempotency key until the answer is clear.
    private func accept(_ name: String, quality: String) async throws -> String {
        var id = ""
        try await poll("the acceptance of \(name)", within: .seconds(120)) {
            let answer = try? tenant.tryOn([garment], quality: quality, idempotencyKey: name)
            guard let answer, answer.status == 201 else { return false }
            id = answer.string("id")
            return true
        }
        acceptedIDs.withLock { _ = $0.insert(id) }
        return id
    }

    // MARK: Kills

    /// Kills a process while a session is at a stage; the worker is stopped (SIGSTOP) meanwhile.
    func kill(_ victim: Victim, at stage: Stage) async throws {
        for _ in 0..<10 {
            try await stages.arrange(stage) { try await submit($0, quality: $1) }
            try worker.signal(SIGSTOP)
            let seen = stages.seen()
            if seen[stage] != nil {
                kills[victim, default: [:]].merge(seen, uniquingKeysWith: +)
                try kill(victim)
                return try await waitUntilAllIsCompleted()
            }
            stages.release()
            try worker.signal(SIGCONT)
            try await waitUntilAllIsCompleted()
        }
        Issue.record("no session was found at \(stage)")
    }

    /// Kills a process at whatever stages the sessions are.
    func killAnywhere(_ victim: Victim) throws {
        try worker.signal(SIGSTOP)
        kills[victim, default: [:]].merge(stages.seen(), uniquingKeysWith: +)
        try kill(victim)
    }

    /// Kills a process, and starts it again; the caller has stopped the worker (SIGSTOP).
    private func kill(_ victim: Victim) throws {
        switch victim {
        case .worker: worker.kill()
        case .ingress: stack.killIngress()
        case .redis: stack.redis.kill()
        case .mariadb: mariadb.kill()
        }
        if victim == .redis { try stack.redis.start() }
        if victim == .mariadb { try mariadb.start() }
        stages.release()
        switch victim {
        case .worker: try worker.start()
        case .ingress:
            try worker.signal(SIGCONT)
            try stack.restartIngress()
        case .redis, .mariadb: try worker.signal(SIGCONT)
        }
    }

    // MARK: Invariants

    func waitUntilAllIsCompleted() async throws {
        try await poll("the completion of all accepted sessions", within: .seconds(180)) {
            stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'") == String(accepted.count)
        }
    }

    func expectEverythingToBeWell() async throws {
        try await waitUntilAllIsCompleted()
        func ids(_ sql: String) -> [String] { stack.sql(sql).split(separator: "\n").map(String.init) }
        #expect(Set(ids("SELECT id FROM cart_tryon_sessions WHERE status = 'completed'")) == accepted)
        // Sessions whose acceptance was unclear to the client were canceled, and never charged.
        #expect(
            ids(
                "SELECT id FROM cart_tryon_sessions WHERE status <> 'completed' AND (status <> 'canceled' OR cost_credits > 0)"
            )
            .isEmpty)
        stack.expectAccountsToBalance()
        #expect(
            Set(ids("SELECT session_id FROM credit_ledger WHERE kind = 'charge'")) == accepted)
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "0")
        let completed = ids("SELECT subject_id FROM webhook_events WHERE type = 'tryon.completed'")
        #expect(Set(completed) == accepted)
        #expect(completed.count == accepted.count)
        let events = ids("SELECT id FROM webhook_events")
        try await poll("every delivery made", within: .seconds(120)) {
            stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'") == String(events.count)
        }
        #expect(Set(receiver.received.compactMap { $0.fields["webhook-id"] }) == Set(events))
        try await poll("holds are gone") { try tenant.client.get("/api/v1/credits").integer("held") == 0 }
        try await poll("Redis has no session left") { stack.redis.command(["KEYS", "session:*"]) == "" }
    }
}
