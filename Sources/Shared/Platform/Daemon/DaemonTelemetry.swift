/// The metrics of every daemon, over all its loops.
package final class DaemonTelemetry: Sendable {
    package let http = HTTPStatistics()
    package let redis = RedisStatistics()
    private let logWriter: LogWriter
    private let startedAt: Timestamp

    init(logWriter: LogWriter, startedAt: Timestamp) {
        self.logWriter = logWriter
        self.startedAt = startedAt
    }

    /// Appends the metric families.
    package func write(to text: inout MetricsText, mysql: MySQLStatistics) {
        text.family("drape_build_info", .gauge, "The version that runs, as a label.")
        text.sample("drape_build_info", 1, labels: [("version", BuildVersion.text)])
        text.single(
            "drape_process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
            Int(startedAt.unixSeconds))
        ProcessStatistics.write(to: &text, startedAt: startedAt)
        text.single("drape_http_connections", .gauge, "Client connections now open.", http.connections.value)
        text.family("drape_http_responses_total", .counter, "Responses by the class of their status.")
        for digit in 1...5 {
            text.sample("drape_http_responses_total", http.responses(class: digit), labels: [("class", "\(digit)xx")])
        }
        mysql.write(to: &text)
        text.single("drape_redis_commands_total", .counter, "Commands sent to Redis.", redis.commands.value)
        text.single(
            "drape_redis_reconnects_total", .counter, "Attempts to connect to Redis after the first.",
            redis.reconnects.value)
        text.single(
            "drape_redis_timeouts_total", .counter, "Connections to Redis closed because of a late reply.",
            redis.timeouts.value)
        text.single(
            "drape_log_lines_dropped_total", .counter, "Log lines lost because standard output was too slow.",
            logWriter.dropped.value)
    }
}
