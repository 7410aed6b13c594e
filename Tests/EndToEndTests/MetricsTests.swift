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

    @Test("an ingress counts refusals with 429 by the limit that was exceeded")
    func limited() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(more: #","rateLimitPerMinute":1"#)
        for _ in 0..<3 { _ = try tenant.client.get("/api/v1/credits") }
        for _ in 0..<105 { _ = try stack.client.get("/api/v1/credits") }
        let text = try stack.client.get("/metrics").text
        #expect(text.contains(#"drape_rate_limited_total{kind="key"} 2"#))
        #expect(!text.contains(#"drape_rate_limited_total{kind="address"} 0"#))
    }
}
