internal import Domain
internal import Platform

/// What a worker counts of the sessions that it has run.
final class SessionTelemetry: Sendable {
    private static let ends = SessionStatus.allCases.filter(\.isTerminal)
    private static let itemsMax = 10
    private let ended: [(status: SessionStatus, quality: Quality, counter: Counter)]
    private let carts = (1...SessionTelemetry.itemsMax).map { _ in Counter() }
    let creditsCharged = Counter()
    let creditsRefunded = Counter()
    private let wait = Histogram(boundsSeconds: SessionTelemetry.bounds)
    let render = Histogram(boundsSeconds: SessionTelemetry.bounds)
    private let total = Histogram(boundsSeconds: SessionTelemetry.bounds)
    private static let bounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800]

    init() {
        ended = Self.ends.flatMap { status in Quality.allCases.map { (status, $0, Counter()) } }
    }

    /// Counts a session that was charged now.
    func begin(_ session: SessionID, _ job: TryOnJob, costCredits: Int, at now: Timestamp) {
        creditsCharged.add(costCredits)
        if (1...Self.itemsMax).contains(job.items.count) { carts[job.items.count - 1].add(1) }
        wait.observe(nanoseconds: (now.unixMs - session.createdAt.unixMs) * 1_000_000)
    }

    /// Counts the end of a session.
    func end(_ session: SessionID, _ job: TryOnJob, _ status: SessionStatus, at now: Timestamp) {
        ended.first { $0.status == status && $0.quality == job.quality }?.counter.add(1)
        total.observe(nanoseconds: (now.unixMs - session.createdAt.unixMs) * 1_000_000)
    }

    /// The sessions that have ended here.
    var endedCount: Int { ended.reduce(0) { $0 + $1.counter.value } }

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        text.family("drape_sessions_ended_total", .counter, "Sessions acknowledged at their end.")
        for (status, quality, counter) in ended {
            text.sample(
                "drape_sessions_ended_total", counter.value,
                labels: [("status", status.rawValue), ("quality", quality.rawValue)])
        }
        text.family("drape_carts_total", .counter, "Charged sessions by the number of their items.")
        for (index, counter) in carts.enumerated() {
            text.sample("drape_carts_total", counter.value, labels: [("items", String(index + 1))])
        }
        text.family("drape_credits_total", .counter, "Credits that were charged and refunded by this worker.")
        text.sample("drape_credits_total", creditsCharged.value, labels: [("kind", "charged")])
        text.sample("drape_credits_total", creditsRefunded.value, labels: [("kind", "refunded")])
        wait.write("drape_session_wait_seconds", "From a session's acceptance to its charge.", to: &text)
        render.write("drape_item_render_seconds", "How long an item is rendered.", to: &text)
        total.write("drape_session_duration_seconds", "From a session's acceptance to its end.", to: &text)
    }
}
