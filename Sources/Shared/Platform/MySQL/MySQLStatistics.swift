/// The metrics of a pool.
package final class MySQLStatistics: Sendable {
    package let errors = Counter()
    /// Errors that are the state of the server, such as a limit or a full disk.
    package let serverFaults = Counter()
    package let waiting = Gauge()
    package let threads = Gauge()
    package let latency = Histogram()
    /// 0 after a connection failure, otherwise 1.
    package let isReachable = Gauge()

    init() {
        isReachable.set(1)
    }

    /// Appends the metric families of the pool.
    package func write(to text: inout MetricsText) {
        text.single("drape_mysql_reachable", .gauge, "1 unless the last connection failed.", isReachable.value)
        text.single("drape_mysql_threads", .gauge, "Threads of the pool, each with a connection.", threads.value)
        text.single("drape_mysql_waiting", .gauge, "Work that waits for a thread.", waiting.value)
        text.single("drape_mysql_errors_total", .counter, "Work that failed in the database.", errors.value)
        text.single(
            "drape_mysql_server_faults_total", .counter, "Work that the server refused because of its own state.",
            serverFaults.value)
        latency.write("drape_mysql_duration_seconds", "How long work holds a connection.", to: &text)
    }
}
