import Domain
import Platform
import TestKit
import Testing

/// The metrics that runbooks and alarms read.
@Suite("Metrics")
struct MetricsTests {
    @Test("a worker counts ends by status and quality, carts by items, credits, times and the depth of the queues")
    func worker() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garment = try tenant.addCatalogue().garment
        _ = try tenant.admin.send(
            "PATCH", "/api/organizations/\(tenant.organizationID)", json: #"{"lowCreditsThreshold":10000000}"#)
        let shard = stack.redis.command(["KEYS", "credits:*"]).split(separator: "{s")[1].prefix(2)
        let worker = try stack.startWorker()
        let id = try tenant.tryOn([garment, garment], quality: "HD").string("id")
        try await tenant.waitForEnd(id)
        var text = ""
        try await poll("the metrics") {
            text = try worker.client.get("/metrics").text
            return text.contains("drape_organizations_low_credits 1") && text.contains("drape_queue_jobs{")
        }
        for line in [
            #"drape_sessions_ended_total{status="completed",quality="HD"} 1"#, #"drape_carts_total{items="2"} 1"#,
            #"drape_credits_total{kind="charged"} 4"#, #"drape_credits_total{kind="refunded"} 0"#,
            "drape_session_wait_seconds_count 1", "drape_item_render_seconds_count 2",
            "drape_session_duration_seconds_count 1", "drape_credits_held 0", "drape_reconciler_passes_total",
            #"drape_queue_oldest_seconds{queue="sessions",shard="\#(Int(shard) ?? 0)"}"#,
            "drape_retention_batch_seconds",
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test("a worker counts what it reaps, refunds and reconciles, and shows what waits and is held")
    func repairs() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        var paused = try stack.makeTenant()
        // The metrics of its shard are its own.
        while try Self.shard(of: paused) == Self.shard(of: tenant) { paused = try stack.makeTenant() }
        let garment = try TestPictures.catalogue(tenant)["tee"] ?? ""
        // Three credits wait, and nobody may take them.
        let waiting = try paused.addCatalogue().garment
        let control = "\(TestPlace.products)/drapectl"
        let pause = ["queue", "pause", paused.organizationID, "--minutes", "30"]
        #expect(Shell.status(control, pause, environment: stack.environment).code == 0)
        #expect(try paused.tryOn([waiting, waiting, waiting]).status == 201)
        // A worker dies while it waits for a garment.
        var silent: ListenerHandle? = try ListenerHandle(address: .loopback, port: 0)
        let url = "https://127.0.0.1:\(silent?.port ?? 0)/x.png"
        let items = #"{"sku":"a","garmentId":"\#(garment)"},{"sku":"b","garmentUrl":"\#(url)","category":"top"}"#
        let body = #"{"customerId":"shopper-42","quality":"SD","items":[\#(items)]}"#
        let id = try tenant.client.post("/api/v1/cart-tryons", body).string("id")
        let first = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await poll("the rendering") { try tenant.status(id) == "processing" }
        first.kill()
        silent = nil
        // Its lease is over, and a total in Redis is wrong.
        for key in stack.redis.command(["KEYS", "queue:*:sessions:leases"]).split(separator: "\n").map(String.init) {
            for boot in stack.redis.command(["ZRANGE", key, "0", "-1"]).split(separator: "\n").map(String.init) {
                stack.redis.command(["ZADD", key, "1", boot])
            }
        }
        let account = stack.redis.command(["KEYS", "credits:*\(paused.organizationID)"])
        stack.redis.command(["HSET", account, "held", "9"])
        stack.redis.command(["DEL", RedisKeys(shardCount: 16).reconcilerLease])
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await tenant.waitForEnd(id)
        #expect(try tenant.status(id) == "partially_completed")
        var text = ""
        try await poll("the metrics") {
            text = try worker.client.get("/metrics").text
            return text.contains("drape_credits_held 3") && text.contains("drape_sessions_ended_total")
        }
        let place = #"{queue="sessions",shard="\#(try Self.shard(of: paused))""#
        for line in [
            "drape_jobs_reaped_total 1", #"drape_credits_total{kind="refunded"} 1"#,
            #"drape_sessions_ended_total{status="partially_completed",quality="SD"} 1"#,
            #"drape_reconciled_total{kind="held_total"} 1"#,
            "drape_queue_jobs\(place),state=\"waiting\"} 1", "drape_queue_lanes\(place),state=\"resting\"} 1",
            "drape_queue_lanes\(place),state=\"served\"} 0",
            "drape_sessions_fenced_total 0", "drape_sessions_buried_total 0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }

    private static func shard(of tenant: TestTenant) throws -> Int {
        RedisKeys(shardCount: 16).shard(of: try #require(OrganizationID(tenant.organizationID)))
    }

    @Test("an ingress counts refusals with 429 by the limit that was exceeded")
    func limited() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(more: #","rateLimitPerMinute":1"#)
        for _ in 0..<3 { _ = try tenant.client.get("/api/v1/credits") }
        for _ in 0..<105 { _ = try stack.client.get("/api/v1/credits") }
        let text = try stack.client.get("/metrics").text
        #expect(text.contains(#"drape_rate_limited_total{kind="key"} 2"#))
        let counted = text.firstMatch(of: /drape_rate_limited_total{kind="address"} (\d+)/)?.1
        // A hundred failures are free; those of the last moment may not be counted yet.
        #expect((1...5).contains(try #require(counted.flatMap { Int($0) })))
    }
}
