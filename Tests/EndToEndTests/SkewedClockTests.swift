import Foundation
import Platform
import TestKit
import Testing

/// Workers whose clocks differ from those of the stores.
@Suite("Skewed clocks")
struct SkewedClockTests {
    /// The environment of a process whose clock is wrong; its monotonic clock is right.
    ///
    /// Source: faketime(1).
    private static func clock(_ offset: String) throws -> [String: String] {
        let path = Shell.run("sh", ["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"])
        try #require(FileManager.default.fileExists(atPath: path), "libfaketime is not installed: \(path)")
        return ["LD_PRELOAD": path, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"]
    }

    @Test(
        "a worker whose clock is wrong by an hour deletes nothing too early, and retries at the times of the schedule",
        arguments: [-1, 1])
    func worker(hours: Int) async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""tryon.completed""#).status == 201)
        receiver.answer(.internalServerError)
        // The files of an upload that goes on for half an hour.
        _ = stack.sql(
            "INSERT INTO erasures (batch, kind, name, due_at) VALUES ('b', 'file', 'x', UTC_TIMESTAMP(3) + INTERVAL 30 MINUTE)"
        )
        let worker = try stack.startWorker(try Self.clock("\(hours > 0 ? "+" : "")\(hours)h"))
        try await poll("the worker") { worker.isReady }
        // Its log has the time of its machine.
        let logged = try #require(worker.log.firstMatch(of: /"time":"([^"]+)"/).flatMap { Timestamp(String($0.1)) })
        #expect(abs(logged.unixMs - SystemClock().now().unixMs) > 50 * 60_000)
        let id = try tenant.tryOn([try tenant.addCatalogue().garment]).string("id")
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "completed")
        try await poll("the first attempt") { receiver.received.count == 1 }
        stack.redis.command(["CONFIG", "RESETSTAT"])
        try await poll("the retry") { receiver.received.count == 2 }
        // Seconds of waiting: a worker that does not know when the retry is due asks thousands of times.
        let calls = stack.redis.command(["INFO", "commandstats"]).firstMatch(of: /cmdstat_evalsha:calls=(\d+)/)?.1
        #expect(try #require(calls.flatMap { Int($0) }) < 200)
        try await poll("the delivery") { stack.sql("SELECT status FROM webhook_deliveries") == "delivered" }
        // Five seconds, less a fifth, and less what a measurement of the clock may change.
        let attempts = stack.sql("SELECT started_at FROM webhook_attempts ORDER BY id").split(separator: "\n")
        let times = attempts.compactMap { Timestamp(String($0)) }
        #expect(times.count == 2 && times[1].unixMs - times[0].unixMs >= 3_000)
        #expect(times.allSatisfy { abs($0.unixMs - SystemClock().now().unixMs) < 50 * 60_000 })
        // An event that the ingress sends again is due at once for this worker.
        let hook = stack.sql("SELECT webhook_id FROM webhook_deliveries")
        let delivery = stack.sql("SELECT id FROM webhook_deliveries")
        let resent = try tenant.client.post("/api/v1/webhooks/\(hook)/deliveries/\(delivery)/resend", "")
        #expect(resent.status == 202)
        try await poll("the event that is sent again") { receiver.received.count == 3 }
        #expect(stack.sql("SELECT COUNT(*) FROM erasures WHERE name = 'x'") == "1")
        // A wait between times of two clocks is never negative: a sum must not fall.
        let metrics = try worker.client.get("/metrics").text
        #expect(metrics.contains("drape_session_wait_seconds_sum ") && !metrics.contains("_sum -"))
        #expect(metrics.contains("drape_clock_offset_seconds \(hours > 0 ? "-" : "")3"))
        #expect(worker.isReady)
        stack.expectAccountsToBalance()
    }

    @Test("an ingress whose clock is wrong by an hour gives the time of the database", arguments: [-1, 1])
    func ingress(hours: Int) async throws {
        let clock = try Self.clock("\(hours > 0 ? "+" : "")\(hours)h")
        let stack = try TestStack(environment: TestStack.open)
        let port = TestStack.freePort()
        let ingress = try ServerProcess(
            "\(TestPlace.products)/drape-ingress", [],
            environment: stack.environment.merging(clock) { $1 }.merging(["PORT": String(port)]) { $1 },
            logPath: "\(stack.directory)/skewed.log")
        try ingress.wait { (try? TestClient(port: port).get("/health/ready").status) == 200 }
        let tenant = try stack.makeTenant()
        let body =
            #"{"customerId":"shopper-42","quality":"SD","items":[{"sku":"S","garmentId":"\#(try tenant.addCatalogue().garment)"}]}"#
        let client = TestClient(port: port).with(key: tenant.key)
        let accepted = try client.post("/api/v1/cart-tryons", body)
        #expect(accepted.status == 201)
        let created = try #require(Timestamp(accepted.string("createdAt")))
        #expect(abs(created.unixMs - SystemClock().now().unixMs) < 50 * 60_000)
        #expect(try client.get("/metrics").text.contains("drape_clock_offset_seconds \(hours > 0 ? "-" : "")3"))
    }
}
