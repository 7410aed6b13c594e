import Foundation
import Shared
import TestServers
import Testing

/// Every process is killed while sessions are under way, again and again: nothing that was accepted is lost, and nobody is
/// charged twice.
@Suite("Killing everything")
struct KillTests {
    static let stages = ["claim", "charge", "render", "complete", "acknowledge"]

    /// At which stage each session stands that a dead worker holds, as both stores and the object store tell.
    static func stages(_ stack: TestStack) -> [String: Int] {
        var histogram: [String: Int] = [:]
        let lists = stack.redis.command(["KEYS", "queue:*:sessions:processing:*"]).split(separator: "\n")
        for list in lists {
            for id in stack.redis.command(["LRANGE", String(list), "0", "-1"]).split(separator: "\n").map(String.init) {
                let tag = list.split(separator: ":")[1]
                let started = stack.redis.command(["HGET", "session:\(tag):\(id)", "started"])
                let row = stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'")
                let stage: String
                switch (row, started) {
                case ("", "1"): stage = "charge"
                case ("", _): stage = "claim"
                case ("processing", _): stage = isRendered(stack, id) ? "complete" : "render"
                default: stage = "acknowledge"
                }
                histogram[stage, default: 0] += 1
            }
        }
        return histogram
    }

    private static func isRendered(_ stack: TestStack, _ id: String) -> Bool {
        let found = FileManager.default.enumerator(atPath: "\(stack.directory)/objects")
        return (found?.allObjects as? [String] ?? []).contains { $0.contains(id) && $0.hasSuffix(".jpg") }
    }

    @Test(
        "after kills of worker, ingress, Redis and MariaDB every accepted session is completed, charged and told once")
    func everything() async throws {
        let scene = try Scene()
        try await scene.killInTurn(rounds: 12, sessionsARound: 16)
        try await scene.killBetweenClaimAndStart()
        try await scene.killWhileCharging()
        try await scene.killWhileCompleting()
        try await scene.killBeforeAcknowledging()
        let histogram = scene.histogram
        print("kills by stage:", Self.stages.map { "\($0) \(histogram[$0] ?? 0)" }.joined(separator: ", "))
        // The moment between a claim and its start is shorter than a kill is precise: it is printed, and not asked for.
        for stage in Self.stages.dropFirst() { #expect(histogram[stage] != nil, "no kill has hit \(stage)") }
        #expect(scene.accepted.count >= 500)
        try await scene.expectEverythingToBeWell()
    }

    /// The processes, what was accepted, and what the kills have hit.
    // Invariant: one test uses it, from one task.
    final class Scene: @unchecked Sendable {
        let mariadb: MariaDBServer
        let stack: TestStack
        let tenant: TestTenant
        let receiver: TestReceiver
        let garment: String
        let worker: TestWorker
        var accepted: Set<String> = []
        var histogram: [String: Int] = [:]
        private var random = SeededGenerator(state: 11)

        init() throws {
            mariadb = try MariaDBServer()
            stack = try TestStack(mariadb: mariadb, redisOptions: [], environment: DeliveryTests.open)
            tenant = try stack.makeTenant(credits: 100_000, more: #","rateLimitPerMinute":600000"#)
            receiver = try TestReceiver()
            #expect(try DeliveryTests.hook(tenant, receiver.url()).status == 201)
            garment = try #require(try PictureTests.catalogue(tenant)["tee"])
            worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_WORKER_SLOTS": "400"])
        }

        /// A client that gets no clear answer asks again under the same name.
        @discardableResult
        func submit(_ count: Int, quality: String = "SD") throws -> [String] {
            var ids: [String] = []
            for _ in 0..<count {
                let name = "cart \(accepted.count)"
                for _ in 0..<400 {
                    guard let answer = try? tenant.tryOn([garment], quality: quality, idempotencyKey: name),
                        answer.status == 201
                    else { continue }
                    accepted.insert(answer.string("id"))
                    ids.append(answer.string("id"))
                    break
                }
            }
            #expect(ids.count == count)
            return ids
        }

        /// Kills the worker, notes where its sessions stood, and starts it again.
        func killWorker() throws {
            worker.kill()
            histogram.merge(KillTests.stages(stack), uniquingKeysWith: +)
            try worker.start()
        }

        func allCompleted() -> Bool {
            stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'") == String(accepted.count)
        }

        func killInTurn(rounds: Int, sessionsARound: Int) async throws {
            for round in 0..<rounds {
                try submit(sessionsARound)
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...120, using: &random)))
                switch round % 4 {
                case 0:
                    // A session that is killed thrice while it is alone is buried, and rightly: each gets its chance.
                    try killWorker()
                    try await poll("the backlog of a killed worker", within: .seconds(120)) { allCompleted() }
                case 1:
                    stack.killIngress()
                    try stack.restartIngress()
                case 2:
                    stack.redis.kill()
                    try stack.redis.start()
                default:
                    mariadb.kill()
                    try mariadb.start()
                }
            }
            try await poll("all of it", within: .seconds(120)) { allCompleted() }
        }

        /// A worker that gets much at once takes a moment to begin with it.
        func killBetweenClaimAndStart() async throws {
            for _ in 0..<3 where histogram["claim"] == nil {
                try worker.signal(SIGSTOP)
                try submit(accepted.count < 480 ? 100 : 30)
                try worker.signal(SIGCONT)
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...70, using: &random)))
                try killWorker()
                try await poll("the backlog of a killed worker", within: .seconds(180)) { allCompleted() }
            }
            if accepted.count < 500 { try submit(500 - accepted.count) }
            try await poll("all of it", within: .seconds(180)) { allCompleted() }
        }

        /// Somebody else holds the organisation's row.
        func killWhileCharging() async throws {
            let lock = lock("SELECT id FROM organizations FOR UPDATE", seconds: 2)
            try submit(2)
            try await poll("a charge under way") { KillTests.stages(stack)["charge"] != nil }
            try killWorker()
            await lock.value
            try await poll("all of it", within: .seconds(120)) { allCompleted() }
        }

        /// Somebody else holds the session's row while its picture is made.
        func killWhileCompleting() async throws {
            let id = try submit(1, quality: "4K")[0]
            try await poll("rendering") { status(id) == "processing" }
            let lock = lock("SELECT id FROM cart_tryon_sessions WHERE id = '\(id)' FOR UPDATE", seconds: 20)
            try await poll("the picture") { KillTests.stages(stack)["complete"] != nil }
            try killWorker()
            await lock.value
            try await poll("all of it", within: .seconds(120)) { allCompleted() }
        }

        /// Redis takes no writes while the session is completed.
        func killBeforeAcknowledging() async throws {
            let id = try submit(1, quality: "4K")[0]
            try await poll("rendering") { status(id) == "processing" }
            stack.redis.command(["CLIENT", "PAUSE", "60000", "WRITE"])
            try await poll("the commit") { status(id) == "completed" }
            worker.kill()
            histogram.merge(KillTests.stages(stack), uniquingKeysWith: +)
            stack.redis.command(["CLIENT", "UNPAUSE"])
            try worker.start()
        }

        private func status(_ id: String) -> String {
            stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'")
        }

        private func lock(_ select: String, seconds: Int) -> Task<Void, Never> {
            let stack = self.stack
            return Task.detached {
                _ = stack.sql("START TRANSACTION; \(select); SELECT SLEEP(\(seconds)); COMMIT")
            }
        }

        func expectEverythingToBeWell() async throws {
            try await poll("every accepted session completed", within: .seconds(120)) { allCompleted() }
            let ids = stack.sql("SELECT id FROM cart_tryon_sessions").split(separator: "\n").map(String.init)
            #expect(Set(ids) == accepted)
            SessionTests.expectBooksToBalance(stack)
            let charges = stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'")
            #expect(charges == String(accepted.count))
            #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "0")
            try await poll("every delivery made", within: .seconds(120)) {
                stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'")
                    == String(accepted.count)
            }
            let told = Set(receiver.received.compactMap { $0.fields["webhook-id"] })
            #expect(told.count == accepted.count)
            try await poll("holds are gone") { try tenant.client.get("/api/v1/credits").integer("held") == 0 }
            try await poll("Redis has no session left") { stack.redis.command(["KEYS", "session:*"]) == "" }
        }
    }
}
