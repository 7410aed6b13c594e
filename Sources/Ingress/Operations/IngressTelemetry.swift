internal import Platform

/// What an ingress process counts beside what every daemon counts.
final class IngressTelemetry: Sendable {
    let latency = Histogram()

    /// Appends the families.
    func write(to text: inout MetricsText) {
        latency.write("drape_http_request_duration_seconds", "From a whole request to its response.", to: &text)
    }
}
