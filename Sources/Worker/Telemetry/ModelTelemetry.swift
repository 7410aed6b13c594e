internal import Platform

/// What model servers and hosted models did.
final class ModelTelemetry: Sendable {
    let predictions = Counter()
    let failures = Counter()
    let unavailable = Counter()

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        for (name, help, counter) in [
            ("predictions", "Predictions that were asked of models.", predictions),
            ("failures", "Predictions that failed, but not because of the client's pictures.", failures),
            ("unavailable", "Items that found no model that could be used.", unavailable),
        ] {
            text.single("drape_model_\(name)_total", .counter, help, counter.value)
        }
    }
}
