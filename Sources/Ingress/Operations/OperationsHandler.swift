internal import Platform

/// Handles the health and metrics endpoints on the public port.
final class OperationsHandler {
    private let health: Health
    private let text: () -> MetricsText

    init(health: Health, metrics: @escaping () -> MetricsText) {
        self.health = health
        text = metrics
    }

    func live(_ context: RequestContext) throws(Problem) -> HTTPResponse { health.live() }

    func ready(_ context: RequestContext) async throws(Problem) -> HTTPResponse { await health.ready() }

    func report(_ context: RequestContext) async throws(Problem) -> HTTPResponse { await health.report() }

    func metrics(_ context: RequestContext) async throws(Problem) -> HTTPResponse { text().response }
}
