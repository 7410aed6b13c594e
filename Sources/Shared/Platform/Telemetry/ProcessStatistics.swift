internal import Foundation

/// What the kernel says of this process.
///
/// Source: proc(5); the names are those that Prometheus client libraries use.
struct ProcessStatistics {
    /// Appends the metric families; what cannot be read is left out.
    static func write(to text: inout MetricsText, startedAt: Timestamp) {
        text.single(
            "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
            Int(startedAt.unixSeconds))
        if let fields = stat(), fields.count > 21 {
            let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
            text.family("process_cpu_seconds_total", .counter, "Processor time, of all threads.")
            text.sample("process_cpu_seconds_total", ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
            let pages = Int(fields[21]) ?? 0
            text.single(
                "process_resident_memory_bytes", .gauge, "Memory in use.", pages * Int(sysconf(Int32(_SC_PAGESIZE))))
            text.single("process_virtual_memory_bytes", .gauge, "Address space in use.", Int(fields[20]) ?? 0)
            text.single("process_threads", .gauge, "Threads of the process.", Int(fields[17]) ?? 0)
        }
        do {
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            text.single("process_open_fds", .gauge, "Open file descriptors.", open)
        } catch {
            // A system without /proc shows nothing here.
        }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.single("process_max_fds", .gauge, "The most file descriptors.", Int(clamping: limit.rlim_cur))
        }
    }

    /// The fields of /proc/self/stat after the name, which may contain spaces.
    private static func stat() -> [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") }
    }
}
