internal import Platform

/// The metrics of an ingress process, in addition to those of every daemon.
final class IngressTelemetry: Sendable {
    let latency = Histogram()
    /// Requests that were refused because of the rate limit of their key, and because of failures of their address.
    let limitedByKey = Counter()
    let limitedByAddress = Counter()

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        text.family("drape_rate_limited_total", .counter, "Requests refused with 429, by the limit that they exceed.")
        text.sample("drape_rate_limited_total", limitedByKey.value, labels: [("kind", "key")])
        text.sample("drape_rate_limited_total", limitedByAddress.value, labels: [("kind", "address")])
        latency.write("drape_http_request_duration_seconds", "From a whole request to its response.", to: &text)
    }
}
