import Foundation
import Platform
import Synchronization
import TestKit
import Testing

/// All of Drape at work, where any process can be killed while a session is at a chosen stage.
// Invariant: one test uses it, from one task beside the one that submits; what they share is in a mutex.
final class KillScene: @unchecked Sendable {
    /// Where a session stands that a worker holds.
    enum Stage: String, CaseIterable {
        /// In Redis it is the worker's; the worker has not begun.
        case claim
        /// The worker has begun; MariaDB knows nothing of it.
        case charge
        /// It is paid, and its picture is not there.
        case render
        /// Its picture is there, and MariaDB does not know.
        case complete
        /// It has ended in MariaDB; in Redis it is still the worker's.
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
        stack = try TestStack(mariadb: mariadb, redisOptions: [], environment: DeliveryTests.open)
        tenant = try stack.makeTenant(credits: 100_000, more: #","rateLimitPerMinute":600000"#)
        receiver = try TestReceiver()
        #expect(try DeliveryTests.hook(tenant, receiver.url()).status == 201)
        garment = try #require(try PictureTests.catalogue(tenant)["tee"])
        worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "32"])
        stages = StageArrangement(stack: stack, worker: worker)
    }

    var accepted: Set<String> { acceptedIDs.withLock { $0 } }

    // MARK: A client

    /// Submits sessions, and returns when each is accepted.
    @discardableResult
    func submit(_ count: Int, quality: String = "SD") async throws -> [String] {
        lastName += count
        var ids: [String] = []
        for name in lastName - count..<lastName { ids.append(try await accept("cart \(name)", quality: quality)) }
        return ids
    }

    /// A client that gets no clear answer asks again under the same name.
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

    /// Kills a process while a session is at a stage: the worker is frozen meanwhile, so that it cannot go on.
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

    /// Kills a process wherever the sessions stand.
    func killAnywhere(_ victim: Victim) throws {
        try worker.signal(SIGSTOP)
        kills[victim, default: [:]].merge(stages.seen(), uniquingKeysWith: +)
        try kill(victim)
    }

    /// Kills a process, and starts it again; the worker is frozen before.
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

    // MARK: What must be

    func waitUntilAllIsCompleted() async throws {
        try await poll("the completion of all accepted sessions", within: .seconds(180)) {
            stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'") == String(accepted.count)
        }
    }

    func expectEverythingToBeWell() async throws {
        try await waitUntilAllIsCompleted()
        func ids(_ sql: String) -> [String] { stack.sql(sql).split(separator: "\n").map(String.init) }
        #expect(Set(ids("SELECT id FROM cart_tryon_sessions WHERE status = 'completed'")) == accepted)
        // What a client was not sure of was taken back, and never paid.
        #expect(
            ids(
                "SELECT id FROM cart_tryon_sessions WHERE status <> 'completed' AND (status <> 'canceled' OR cost_credits > 0)"
            )
            .isEmpty)
        SessionTests.expectBooksToBalance(stack)
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
