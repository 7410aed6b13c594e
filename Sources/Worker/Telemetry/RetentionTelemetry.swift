internal import Platform

/// What retention has deleted in this worker.
final class RetentionTelemetry: Sendable {
    private let deleted: [(kind: RetentionKind, counter: Counter)] = RetentionKind.allCases.map { ($0, Counter()) }
    private let batches = Histogram(boundsSeconds: RetentionTelemetry.bounds)
    /// From the first statement of a transaction to its commit.
    let locks = Histogram(boundsSeconds: RetentionTelemetry.bounds)
    private static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

    /// Adds a batch.
    func note(_ kind: RetentionKind, _ count: Int, in time: Duration) {
        deleted.first { $0.kind == kind }?.counter.add(count)
        batches.observe(nanoseconds: Int64(time.inSeconds * 1e9))
    }

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        text.family("drape_retention_deleted_total", .counter, "What was deleted because its period was over.")
        for (kind, counter) in deleted {
            text.sample("drape_retention_deleted_total", counter.value, labels: [("kind", kind.rawValue)])
        }
        batches.write("drape_retention_batch_seconds", "How long a batch of deletions takes.", to: &text)
        locks.write("drape_retention_lock_seconds", "How long deletions hold their locks before the commit.", to: &text)
    }
}
