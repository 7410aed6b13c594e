internal import Platform

/// Answers operators' requests: health and metrics only.
final class OperationsResponder: SimpleHTTPResponder {
    private let health: Health
    private let metrics: () -> MetricsText

    init(health: Health, metrics: @escaping () -> MetricsText) {
        self.health = health
        self.metrics = metrics
    }

    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy {
        HTTPBodyPolicy(bytesMax: 0, acceptsBody: false)
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard [.get, .head].contains(request.head.method) else { return HTTPResponse(.methodNotAllowed) }
        switch request.head.path {
        case "/health/live": return health.live()
        // A worker that is stopping claims nothing more, and both paths say so.
        case "/health", "/health/ready": return await health.ready()
        case "/metrics": return metrics().response
        default: return HTTPResponse(.notFound)
        }
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse {
        HTTPResponse(error.status, type: "text/plain", body: Array(error.detail.utf8))
    }
}
