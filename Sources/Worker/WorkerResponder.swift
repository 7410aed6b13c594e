internal import Shared

/// The worker's own small web: health and metrics.
final class WorkerResponder: HTTPResponder {
    private let telemetry: WorkerTelemetry
    private let mysql: MySQLPool
    private let isRedisReady: () -> Bool
    private let isStopping: () -> Bool
    private let startedAt = ContinuousClock.now

    init(
        telemetry: WorkerTelemetry, mysql: MySQLPool, isRedisReady: @escaping () -> Bool,
        isStopping: @escaping () -> Bool
    ) {
        self.telemetry = telemetry
        self.mysql = mysql
        self.isRedisReady = isRedisReady
        self.isStopping = isStopping
    }

    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy {
        HTTPBodyPolicy(bytesMax: 0, isWanted: false)
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard [.get, .head].contains(request.head.method) else { return HTTPResponse(.methodNotAllowed) }
        switch request.head.path {
        case "/health/live": return health(isReady: true, isDatabaseReachable: true)
        case "/health", "/health/ready":
            let isReachable = await mysql.isReachable()
            return health(
                isReady: isRedisReady() && isReachable && !isStopping(), isDatabaseReachable: isReachable)
        case "/metrics":
            var text = MetricsText()
            telemetry.write(to: &text, mysql: mysql.statistics)
            return HTTPResponse(.ok, type: "text/plain; version=0.0.4; charset=utf-8", body: text.bytes)
        default: return HTTPResponse(.notFound)
        }
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse {
        HTTPResponse(error.status, type: "text/plain", body: Array(error.detail.utf8))
    }

    private func health(isReady: Bool, isDatabaseReachable: Bool) -> HTTPResponse {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("status", isReady ? "ok" : "not ready")
            json.field("version", BuildVersion.text)
            json.field("uptimeSeconds", Int((ContinuousClock.now - startedAt).inSeconds))
            json.key("checks")
            json.object { json in
                json.field("redis", isRedisReady() ? "ok" : "failing")
                json.field("mysql", isDatabaseReachable ? "ok" : "failing")
            }
        }
        return HTTPResponse(isReady ? .ok : .serviceUnavailable, type: "application/json", body: json.bytes)
    }
}
