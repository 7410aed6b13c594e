internal import Shared

/// What one ingress process counts, over all its loops.
final class IngressTelemetry: Sendable {
    let http = HTTPStatistics()
    let redis = RedisStatistics()
    let latency = Histogram()
    private let logWriter: LogWriter
    private let startedAt: Timestamp

    init(logWriter: LogWriter, startedAt: Timestamp) {
        self.logWriter = logWriter
        self.startedAt = startedAt
    }

    func write(to text: inout MetricsText, mysql: MySQLStatistics) {
        text.family("drape_build_info", .gauge, "The version that runs, as a label.")
        text.sample("drape_build_info", 1, labels: [("version", BuildVersion.text)])
        text.single(
            "drape_process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
            Int(startedAt.unixSeconds))
        text.single("drape_http_connections", .gauge, "Client connections now open.", http.connections.value)
        text.family("drape_http_responses_total", .counter, "Answers by the class of their status.")
        for digit in 1...5 {
            text.sample("drape_http_responses_total", http.responses(class: digit), labels: [("class", "\(digit)xx")])
        }
        mysql.write(to: &text)
        latency.write("drape_http_request_duration_seconds", "From a whole request to its answer.", to: &text)
        text.single("drape_redis_commands_total", .counter, "Commands sent to Redis.", redis.commands.value)
        text.single(
            "drape_redis_reconnects_total", .counter, "Tries to connect to Redis behind the first.",
            redis.reconnects.value)
        text.single(
            "drape_redis_timeouts_total", .counter, "Connections to Redis given up for a late reply.",
            redis.timeouts.value)
        text.single(
            "drape_log_lines_dropped_total", .counter, "Log lines lost because standard output was too slow.",
            logWriter.dropped.value)
    }
}
