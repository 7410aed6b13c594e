internal import Platform

/// The metrics of an ingress process, in addition to those of every daemon.
final class IngressTelemetry: Sendable {
    let latency = Histogram()

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        latency.write("drape_http_request_duration_seconds", "From a whole request to its response.", to: &text)
    }
}
