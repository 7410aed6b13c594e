import TestKit
import Testing

/// How a real worker that waits learns of work.
@Suite("Waking a worker")
struct WorkerWakeTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let garment: String
    private let worker: TestWorker
    /// The hash tag of the tenant's shard.
    private let shard: String

    private init() throws {
        stack = try TestStack()
        tenant = try stack.makeTenant()
        garment = try tenant.addCatalogue().garment
        worker = try stack.startWorker()
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        shard = String(stack.redis.command(["KEYS", "credits:*"]).split(separator: ":")[1])
    }

    private var waiters: String { "waiters:\(shard):sessions" }

    /// Each tick of the shard writes its time, and finds work without a wake-up.
    private var lastTick: String { stack.redis.command(["GET", "queue:\(shard):sessions:pulse"]) }

    /// A worker waits after it has tried this place and found nothing.
    private var isWaiting: Bool { stack.redis.command(["SCARD", waiters]) == "1" }

    /// Accepts sessions right after a tick, until one has ended before the next tick.
    private func expectEndBeforeTick(_ accept: () throws -> String) async throws {
        for _ in 0..<5 {
            try await poll("a worker that waits") { isWaiting && lastTick != "" }
            let earlier = lastTick
            try await poll("a tick") { lastTick != earlier && isWaiting }
            let tick = lastTick
            let id = try accept()
            try await poll("the end of \(id)") {
                stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'") == "completed"
            }
            // A slow machine may let a tick pass; then it is tried again.
            if lastTick == tick { return }
        }
        Issue.record("every session has waited for a tick")
    }

    @Test("a session that is accepted while the worker waits begins before the next tick of its shard")
    func woken() async throws {
        try await expectEndBeforeTick { try tenant.tryOn([garment]).string("id") }
        #expect(worker.isReady)
    }

    @Test(
        "a session whose wake-up was lost begins when the worker has connected again, before the next tick",
        arguments: ["pubsub", "normal"])
    func reconnected(connection: String) async throws {
        try await expectEndBeforeTick {
            // Nobody is woken.
            stack.redis.command(["DEL", waiters])
            let id = try tenant.tryOn([garment]).string("id")
            stack.redis.command(["CLIENT", "KILL", "TYPE", connection])
            return id
        }
        try await poll("both connections") { worker.isReady && stack.redis.command(["PUBSUB", "CHANNELS"]) != "" }
        try await expectEndBeforeTick {
            let answer = try tenant.tryOn([garment])
            guard answer.status == 201 else { throw ServerProcess.Failure.notReady(answer.description) }
            return answer.string("id")
        }
    }
}
