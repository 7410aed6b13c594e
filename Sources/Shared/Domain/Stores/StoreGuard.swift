internal import Dispatch
package import Platform
internal import Synchronization

/// Checks the settings of both stores at the start of a process, every minute, and when Redis was away; in production, a process with an unsafe
/// store does not start.
package final class StoreGuard: Sendable {
    private static let pause = Duration.seconds(60)
    private static let startMax = 3.0
    /// The time until the clock of a database that has not answered is measured again.
    private static let measurementPause = Duration.seconds(1)
    /// A larger difference of clocks is logged.
    private static let clockOffsetMsMax: Int64 = 2_000
    private let configuration: DaemonConfiguration
    private let keys: RedisKeys
    private let mysql: MySQLPool
    private let logger: Logger
    private let thread: LoopThread
    private let findings = Mutex<[StoreFinding]>([])
    private let unsafe = Atomic<Bool>(false)
    private let firstCheck = DispatchSemaphore(value: 0)
    private let firstMeasurement = DispatchSemaphore(value: 0)
    /// The time of the database, which is measured at start and every minute.
    package let clock = DatabaseClock()

    /// - Throws: `SystemError` if there is no thread for it.
    package init(
        _ configuration: DaemonConfiguration, keys: RedisKeys, mysql: MySQLPool, logger: Logger
    ) throws(SystemError) {
        self.configuration = configuration
        self.keys = keys
        self.mysql = mysql
        self.logger = logger
        thread = try LoopThread(name: "stores")
    }

    /// Whether a store may lose what was accepted, by the last check.
    package var isUnsafe: Bool { unsafe.load(ordering: .relaxed) }

    /// Whether such a store is refused.
    package var isRefused: Bool {
        isUnsafe && configuration.appEnvironment == .production && !configuration.allowsUnsafeStores
    }

    /// The state of the stores for a health report.
    package var state: Health.State { isRefused ? .failing : isUnsafe ? .warning("unsafe") : .ok }

    /// Appends the metric family.
    package func write(to text: inout MetricsText) {
        let found = findings.withLock { $0 }
        text.family("drape_store_findings", .gauge, "Settings of the stores that are unsafe, or limits that are small.")
        for severity in StoreFinding.Severity.allCases {
            text.sample(
                "drape_store_findings", found.count { $0.severity == severity },
                labels: [("severity", severity.rawValue)])
        }
        text.family("drape_clock_offset_seconds", .gauge, "The clock of MariaDB less that of this machine.")
        text.sample("drape_clock_offset_seconds", Double(clock.offsetMs) / 1_000)
    }

    /// Starts the checks, and waits for the first one, at most a few seconds; an unreachable store is checked later.
    /// - Throws: `ConfigurationError` with every unsafe setting, if the stores are refused.
    package func start() throws(ConfigurationError) {
        _ = thread.run { [self] in await run() }
        _ = thread.run { [self] in await keepTime() }
        let deadline = DispatchTime.now() + Self.startMax
        for first in [firstCheck, firstMeasurement] { _ = first.wait(timeout: deadline) }
        guard isRefused else { return }
        var faults = findings.withLock { $0 }.filter { $0.severity == .unsafe }.map { finding in
            ConfigurationFault(
                name: "\(finding.store) \(finding.setting)",
                problem: "is \(finding.found), wanted: \(finding.wanted); \(finding.consequence)")
        }
        faults.append(
            ConfigurationFault(
                name: Settings.allowUnsafeStores.about.name, problem: "is 0; 1 lets production start with such a store")
        )
        throw ConfigurationError(faults: faults)
    }

    package func stop() {
        thread.stop()
    }

    private func run() async {
        let loop = thread.loop
        let resolver = HostResolver(loop: loop, servers: configuration.nameServers)
        let redis = RedisStore(keys: keys) { [configuration, logger] in
            RedisConnection(
                loop: loop, endpoint: configuration.redis, resolver: resolver, timeout: configuration.redisTimeout,
                scripts: [], logger: logger, statistics: RedisStatistics())
        }
        let isDue = LoopSignal()
        // A server that was restarted may have other settings.
        redis.onReady { isDue.notify() }
        redis.start()
        var timer: TimerID?
        while true {
            await isDue.wait()
            await check(redis)
            firstCheck.signal()
            if let timer { loop.cancel(timer) }
            timer = loop.schedule(after: Self.pause) { isDue.notify() }
        }
    }

    /// Measures the time of the database, again after a moment if it does not answer.
    private func keepTime() async {
        while true {
            let old = clock.offsetMs
            let isMeasured = await clock.measure(mysql)
            if isMeasured { firstMeasurement.signal() }
            let new = clock.offsetMs
            if abs(new) > Self.clockOffsetMsMax, abs(new - old) > Self.clockOffsetMsMax {
                logger.warning("the clock of this machine differs from that of MariaDB", .number("offsetMs", Int(new)))
            }
            await thread.loop.sleep(for: isMeasured ? Self.pause : Self.measurementPause)
        }
    }

    private func check(_ redis: RedisStore) async {
        let inspection = await StoreInspection(redis, mysql, connections: configuration.databaseThreadsMax)
        for failure in inspection.failures { logger.warning("a store was not checked", .text("reason", failure)) }
        // What is known of a store stays, until it can be asked again.
        let (old, new) = findings.withLock { known in
            let old = known
            known = inspection.findings + old.filter { inspection.unreachable.contains($0.store) }
            return (old, known)
        }
        unsafe.store(new.contains { $0.severity == .unsafe }, ordering: .relaxed)
        for one in inspection.findings
        where !old.contains(where: { $0.setting == one.setting && $0.found == one.found }) {
            let level: LogLevel =
                one.severity == .unsafe && configuration.appEnvironment == .production ? .error : .warning
            logger.log(level, "a setting of a store is not as it should be", [.text("finding", one.description)])
        }
    }
}
