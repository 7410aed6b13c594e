extension MetricsText {
    /// The HTTP response that carries the metrics.
    package var response: HTTPResponse {
        HTTPResponse(.ok, type: "text/plain; version=0.0.4; charset=utf-8", body: bytes)
    }
}
