internal import Domain
internal import Platform

/// What a worker counts of the deliveries that it has made.
final class DeliveryTelemetry: Sendable {
    let succeeded = Counter()
    let failed = Counter()
    let skipped = Counter()
    let attemptsFailed = Counter()
    let retries = Counter()
    let breakersOpened = Counter()
    private let connectionsMade = Counter()
    private let connectionsReused = Counter()
    private let disabled = DisabledReason.allCases.map { ($0, Counter()) }
    private let wait = Histogram(boundsSeconds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
    private let attempt = Histogram()

    /// Counts an attempt that was answered or not; `waitMs`: since its event, if nobody has delayed it.
    func note(attempt number: Int, waitMs: Int64?, durationMs: Int64) {
        attempt.observe(nanoseconds: durationMs * 1_000_000)
        if let waitMs { wait.observe(nanoseconds: max(0, waitMs) * 1_000_000) }
        if number > 1 { retries.add(1) }
    }

    func note(isConnectionReused: Bool) {
        (isConnectionReused ? connectionsReused : connectionsMade).add(1)
    }

    func note(disabled reason: DisabledReason) {
        disabled.first { $0.0 == reason }?.1.add(1)
    }

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        for (name, help, counter) in [
            ("deliveries_succeeded", "Webhook deliveries that were accepted.", succeeded),
            ("deliveries_failed", "Webhook deliveries that were given up.", failed),
            ("deliveries_skipped", "Webhook deliveries whose endpoint was not active.", skipped),
            ("delivery_attempts_failed", "Attempts at webhook deliveries that failed.", attemptsFailed),
            ("delivery_retries", "Attempts at webhook deliveries after the first.", retries),
            ("webhook_breakers_opened", "How often circuit breakers of endpoints have opened.", breakersOpened),
        ] {
            text.single("drape_\(name)_total", .counter, help, counter.value)
        }
        text.family("drape_webhooks_disabled_total", .counter, "Webhooks that were disabled without their owners.")
        for (reason, counter) in disabled {
            text.sample("drape_webhooks_disabled_total", counter.value, labels: [("reason", reason.rawValue)])
        }
        text.family("drape_webhook_requests_total", .counter, "Answered requests by whether their connection was new.")
        text.sample("drape_webhook_requests_total", connectionsMade.value, labels: [("connection", "new")])
        text.sample("drape_webhook_requests_total", connectionsReused.value, labels: [("connection", "reused")])
        wait.write("drape_delivery_wait_seconds", "From an event to the first attempt at a delivery.", to: &text)
        attempt.write("drape_delivery_attempt_seconds", "How long attempts at deliveries take.", to: &text)
    }
}
