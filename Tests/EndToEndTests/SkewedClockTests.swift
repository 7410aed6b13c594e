import Foundation
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
        "a worker whose clock is wrong by an hour renders and retries as any other, and does not spin while it waits",
        arguments: ["-1h", "+1h"])
    func worker(offset: String) async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""tryon.completed""#).status == 201)
        receiver.answer(.internalServerError)
        let worker = try stack.startWorker(try Self.clock(offset))
        try await poll("the worker") { worker.isReady }
        // Its log has the wrong time.
        let hour = try #require(worker.log.firstMatch(of: /"time":"(.{13})/)?.1)
        #expect(!Shell.run("date", ["-u", "+%Y-%m-%dT%H"]).hasPrefix(hour))
        let id = try tenant.tryOn([try tenant.addCatalogue().garment]).string("id")
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "completed")
        try await poll("the first attempt") { receiver.received.count == 1 }
        stack.redis.command(["CONFIG", "RESETSTAT"])
        try await poll("the retry") { receiver.received.count == 2 }
        // About five seconds: a worker that does not know when the retry is due asks thousands of times.
        let calls = stack.redis.command(["INFO", "commandstats"]).firstMatch(of: /cmdstat_evalsha:calls=(\d+)/)?.1
        #expect(try #require(calls.flatMap { Int($0) }) < 200)
        try await poll("the delivery") { stack.sql("SELECT status FROM webhook_deliveries") == "delivered" }
        // A wait between times of two clocks is never negative: a sum must not fall.
        let metrics = try worker.client.get("/metrics").text
        #expect(metrics.contains("drape_session_wait_seconds_sum ") && !metrics.contains("_sum -"))
        #expect(worker.isReady)
        stack.expectAccountsToBalance()
    }
}
