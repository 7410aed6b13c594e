internal import Shared

/// Shows what the process counts.
final class MetricsHandler {
    private let telemetry: IngressTelemetry
    private let mysql: MySQLStatistics

    init(telemetry: IngressTelemetry, mysql: MySQLStatistics) {
        self.telemetry = telemetry
        self.mysql = mysql
    }

    func metrics(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        var text = MetricsText()
        telemetry.write(to: &text, mysql: mysql)
        return HTTPResponse(.ok, type: "text/plain; version=0.0.4; charset=utf-8", body: text.bytes)
    }
}
