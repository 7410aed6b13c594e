internal import Shared
internal import Synchronization

/// What one event loop of the ingress owns: its share of the listener and everything that its requests need.
final class IngressLoop {
    private let server: HTTPServer

    init(loop: EventLoop, process: IngressProcess) {
        let health = HealthHandler(checks: [], isStopping: { process.isStopping })
        let metrics = MetricsHandler(telemetry: process.telemetry)
        let responder = APIResponder(
            router: Routes.router(health: health, metrics: metrics), logger: process.logger, clock: SystemClock(),
            latency: process.telemetry.latency)
        server = HTTPServer(
            loop: loop, listener: process.listener, responder: responder, limits: process.limits,
            standingFields: SecurityFields.all, statistics: process.telemetry.http,
            spoolDirectory: process.configuration.spoolDirectory)
    }

    /// Serves until the process stops.
    func run() async throws(SystemError) {
        try await server.run()
    }

    func drain() {
        server.drain()
    }

    func abort() {
        server.abort()
    }
}
