import Domain
import Foundation
import Platform
import TestKit
import Testing

/// The commands by which an operator looks into the queues, and acts on them.
@Suite("drapectl on live stores")
struct OperatorTests {
    private let stack: TestStack
    private let tenant: TestTenant

    init() throws {
        stack = try TestStack(redisOptions: [])
        tenant = try stack.makeTenant()
    }

    private func control(_ words: String...) -> (code: Int32, output: String) {
        Shell.status("\(TestPlace.products)/drapectl", words, environment: stack.environment)
    }

    /// The rows of a table that was printed as JSON.
    private func rows(_ words: String...) throws -> [[String: Any]] {
        let result = Shell.status(
            "\(TestPlace.products)/drapectl", words + ["--json"], environment: stack.environment)
        // Both outputs of the command: the table, and why it fails.
        let text = result.output.split(separator: "\n").filter { !$0.hasPrefix("drapectl:") }.joined()
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    /// The columns of a table that is printed for people: its first line.
    private func columns(_ words: String...) -> [String] {
        let result = Shell.status("\(TestPlace.products)/drapectl", words, environment: stack.environment)
        return (result.output.split(separator: "\n").first ?? "").split(separator: " ").map(String.init)
    }

    private func accept() throws -> String {
        let garment = try tenant.addCatalogue().garment
        return try tenant.tryOn([garment]).string("id")
    }

    @Test("queue status counts what waits, and inspect tells where a session is, in both stores")
    func status() async throws {
        #expect(control("queue", "status").output.contains("nothing waits"))
        let id = try accept()
        let waiting = try rows("queue", "status").filter { $0["waiting"] as? Int == 1 }
        #expect(waiting.count == 1 && waiting.first?["queue"] as? String == "sessions")
        #expect(waiting.first?["oldestSeconds"] is Int)
        #expect(control("queue", "status").output.contains("sessions"))
        let inspected = control("queue", "inspect", id).output
        #expect(inspected.contains("lane \(tenant.organizationID), 0 jobs before it"))
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(id)
        let ended = try rows("queue", "inspect", id)
        #expect(ended.contains { $0["fact"] as? String == "status" && $0["value"] as? String == "completed" })
        #expect(control("queue", "inspect", "cts_nonsense").code == 1)
        #expect(worker.isReady)
    }

    @Test("a paused organisation is not served until it is resumed")
    func pause() async throws {
        #expect(
            control("queue", "pause", tenant.organizationID, "--minutes", "5").output.contains("paused for 5 minutes"))
        let id = try accept()
        let other = try stack.makeTenant()
        let worker = try stack.startWorker()
        let garment = try other.addCatalogue().garment
        let served = try other.tryOn([garment]).string("id")
        try await other.waitForEnd(served)
        #expect(try tenant.status(id) == "queued")
        let depths = try rows("queue", "status")
        #expect(depths.contains { $0["resting"] as? Int == 1 })
        let again = try rows("queue", "pause", tenant.organizationID, "--minutes", "7").first
        #expect(again?["state"] as? String == "paused" && again?["minutes"] as? Int == 7)
        #expect(again?["lane"] as? String == tenant.organizationID && again?["waiting"] as? Int == 1)
        #expect(control("queue", "resume", tenant.organizationID).output.contains("1 jobs wait"))
        #expect(try rows("queue", "resume", tenant.organizationID).first?["state"] as? String == "resumed")
        try await tenant.waitForEnd(id)
        #expect(control("queue", "pause", "nobody").code == 1)
        #expect(worker.isReady)
    }

    @Test("dead letters are listed, enqueued again, and dropped")
    func deadLetters() throws {
        let shard = RedisKeys(shardCount: 16).shard(of: try #require(OrganizationID(tenant.organizationID)))
        let keys = RedisKeys(shardCount: 16)
        let stream = keys.deadLetters(.sessions, shard: shard)
        for id in ["one", "two"] {
            stack.redis.command([
                "XADD", stream, "*", "id", id, "lane", "l", "weight", "1", "reason", "a reason", "body", "b", "photo",
                "p",
            ])
        }
        let list = try rows("queue", "dead", "list")
        #expect(list.map { $0["job"] as? String } == ["one", "two"])
        let entry = try #require(list.first?["entry"] as? String)
        #expect(control("queue", "dead", "replay", entry).code == 0)
        #expect(stack.redis.command(["HGET", keys.job(.sessions, shard: shard, "one"), "body"]) == "b")
        #expect(columns("queue", "dead", "list") == ["entry", "job", "lane", "at", "reason"])
        #expect(control("queue", "dead", "drop", "all").output == "1 dead letters are dropped")
        #expect(control("queue", "dead", "list").output == "there are no dead letters")
        for action in ["replay", "drop"] {
            let job = ["id", action, "lane", "l", "weight", "1", "reason", "a reason", "body", "b", "photo", "p"]
            stack.redis.command(["XADD", stream, "*"] + job)
            let done = try rows("queue", "dead", action, "all").first
            #expect(done?["action"] as? String == action && done?["jobs"] as? Int == 1)
        }
        #expect(control("queue", "dead", "drop", entry).code == 1)
        #expect(control("queue", "dead").code == 64)
    }

    @Test("all dead letters are enqueued again once, although they fail again meanwhile")
    func replayAll() async throws {
        let shard = RedisKeys(shardCount: 16).shard(of: try #require(OrganizationID(tenant.organizationID)))
        let stream = RedisKeys(shardCount: 16).deadLetters(.webhooks, shard: shard)
        // Deliveries without a row: a worker makes a dead letter of each at once. More than one page.
        let script = """
            for n = 1, 1100 do
              redis.call('XADD', KEYS[1], '*', 'id', 'dlv_' .. n, 'lane', 'l', 'weight', '1', 'reason', 'r', 'body', '')
            end
            """
        stack.redis.command(["EVAL", script, "1", stream])
        let worker = try stack.startWorker()
        #expect(control("queue", "dead", "replay", "all").output == "1100 jobs are enqueued again")
        try await poll("the new letters") { stack.redis.command(["XLEN", stream]) == "1100" }
        #expect(worker.isReady)
        #expect(control("queue", "dead", "drop", "all").output == "1100 dead letters are dropped")
    }

    @Test("the limits of a key are told in words")
    func limits() throws {
        #expect(try tenant.client.get("/api/v1/credits").status == 200)
        let facts = try rows("limits", tenant.keyID)
        #expect(
            facts.contains { $0["fact"] as? String == "limit" && $0["value"] as? String == "6000 requests a minute" })
        #expect(facts.contains { $0["fact"] as? String == "left now" && ($0["value"] as? Int ?? 0) > 5_990 })
        #expect(columns("limits", tenant.keyID) == ["fact", "value"])
        #expect(control("limits", tenant.keyID).output.contains("6000 requests a minute"))
        #expect(control("limits", "key_nothing").code == 64)
    }

    @Test("reconcile shows what it would repair, and then repairs it")
    func reconcile() throws {
        let id = try accept()
        stack.redis.command(["HSET", stack.redis.command(["KEYS", "credits:*"]), "held", "9"])
        func repaired(_ words: String...) throws -> Int? {
            let result = Shell.status(
                "\(TestPlace.products)/drapectl", ["reconcile", "--json"] + words, environment: stack.environment)
            let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
            return rows?.first { $0["what"] as? String == "totals of holds" }?["repairs"] as? Int
        }
        #expect(try repaired("--dry-run") == 1)
        #expect(columns("reconcile", "--dry-run") == ["what", "checked", "repairs"])
        #expect(control("reconcile", "--dry-run").output.contains("Nothing was changed"))
        #expect(try repaired() == 1)
        #expect(try repaired() == 0)
        #expect(try tenant.status(id) == "queued")
    }

    @Test("doctor finds nothing on safe stores, and names what is unsafe")
    func doctor() throws {
        let missing = control("doctor")
        #expect(missing.code == 1 && missing.output.contains("objects is not writable: "))
        #expect(!missing.output.contains("Error Domain"))
        try FileManager.default.createDirectory(
            atPath: "\(stack.directory)/objects", withIntermediateDirectories: true)
        let well = control("doctor")
        #expect(well.code == 0, "\(well.output)")
        #expect(well.output.contains("all settings are safe"))
        let checks = try rows("doctor")
        #expect(checks.contains { $0["subject"] as? String == "schema" && $0["state"] as? String == "ok" })
        #expect(try rows("audit").isEmpty)
        stack.redis.command(["CONFIG", "SET", "appendfsync", "everysec"])
        let ill = control("doctor")
        #expect(ill.code == 1 && ill.output.contains("appendfsync is everysec, wanted: always"))
        #expect(try rows("doctor").contains { $0["state"] as? String == "failing" })
        _ = stack.sql("UPDATE organizations SET credits = credits + 1")
        let finding = try rows("audit").first
        #expect(finding?["rule"] as? String == "the balance is the sum of the ledger")
        #expect(finding?["where"] as? String == tenant.organizationID)
    }

    @Test("queue status tells if it has not counted all lanes")
    func manyLanes() throws {
        let keys = RedisKeys(shardCount: 16)
        let queue = keys.queue(.sessions, shard: 3)
        let lanes = (0..<1_200).map { "l\($0)" }
        stack.redis.command(["LPUSH", "\(queue):ring"] + lanes)
        stack.redis.command(["LPUSH", keys.lane(.sessions, shard: 3, "l0"), "one"])
        let row = try rows("queue", "status").first { $0["shard"] as? Int == 3 && $0["queue"] as? String == "sessions" }
        #expect(row?["lanes"] as? Int == 1_200 && row?["counted"] as? Int == 1_000)
        #expect(control("queue", "status").output.contains("Not all lanes were counted"))
    }

    @Test("an organisation gets a renderer of its own, and that of the workers again")
    func renderer() throws {
        let id = tenant.organizationID
        #expect(control("renderer", id).output == "\(id)\tdefault")
        #expect(control("renderer", id, "model").output == "\(id)\tmodel")
        #expect(stack.sql("SELECT renderer FROM organizations WHERE id = '\(id)'") == "model")
        #expect(control("renderer", id, "default").output == "\(id)\tdefault")
        #expect(control("renderer", id, "painter").code == 64 && control("renderer", "org_x").code == 64)
        #expect(control("renderer", "org_01k00000000000000000000000").code == 1)
    }
}
