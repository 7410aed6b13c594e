internal import Domain
internal import Platform

/// What the reconciler of this worker has repaired.
final class ReconcilerTelemetry: Sendable {
    private let passes = Counter()
    private let sessions = Counter()
    private let deliveries = Counter()
    private let holds = Counter()
    private let totals = Counter()
    private let balances = Counter()
    private let lastMs = Gauge()

    /// Adds the result of a pass.
    func note(_ found: Reconciliation, seconds: Double) {
        passes.add(1)
        sessions.add(found.sessionsRestored)
        deliveries.add(found.deliveriesRestored)
        holds.add(found.holdsReleased)
        totals.add(found.heldCorrected)
        balances.add(found.balancesCorrected)
        lastMs.set(Int(seconds * 1_000))
    }

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        text.single("drape_reconciler_passes_total", .counter, "Passes that came to their end.", passes.value)
        text.family("drape_reconciled_total", .counter, "What Redis had lost or had wrong, and was repaired.")
        for (kind, counter) in [
            ("session", sessions), ("delivery", deliveries), ("hold", holds), ("held_total", totals),
            ("balance", balances),
        ] {
            text.sample("drape_reconciled_total", counter.value, labels: [("kind", kind)])
        }
        text.single(
            "drape_reconciler_last_pass_milliseconds", .gauge, "Duration of the last pass of this worker.", lastMs.value
        )
    }
}
