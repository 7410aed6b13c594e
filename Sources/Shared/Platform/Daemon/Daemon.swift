internal import Dispatch
internal import Synchronization

/// One daemon process: its log, its metrics, and the start and stop of its loops.
package final class Daemon: Sendable {
    package let logger: Logger
    package let telemetry: DaemonTelemetry
    private let logWriter: LogWriter
    package let supervisor = ServiceSupervisor()
    private let drainTimeout: Duration
    private let stopping = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)

    /// - Parameters:
    ///   - component: the origin that log lines contain.
    ///   - logLevel: the lowest level that is logged.
    ///   - drainTimeout: how long a stopping process waits for the current work.
    package init(component: String, logLevel: LogLevel, drainTimeout: Duration) {
        logWriter = LogWriter()
        logger = Logger(writer: logWriter, component: component, level: logLevel)
        telemetry = DaemonTelemetry(logWriter: logWriter, startedAt: SystemClock().now())
        self.drainTimeout = drainTimeout
    }

    /// Whether the process has been asked to stop.
    package var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Runs one service per loop until a signal asks the process to stop, or a loop fails.
    ///
    /// Blocks the calling thread.
    /// - Parameters:
    ///   - loopNames: the names of the loops; each has its own thread.
    ///   - port: the port of the daemon, for the log.
    ///   - service: creates the service of a loop, on the loop's thread.
    /// - Returns: true if no loop failed.
    /// - Throws: `SystemError` if a loop cannot be created.
    package func run(
        loopNames: [String], port: UInt16, service: @escaping @Sendable (EventLoop) -> any LoopService
    ) throws(SystemError) -> Bool {
        _ = OpenFiles.raiseLimit()
        var loops: [(thread: LoopThread, service: Task<LoopBound<any LoopService>, Never>)] = []
        for name in loopNames {
            let thread = try LoopThread(name: name)
            loops.append((thread, thread.run { LoopBound(service(thread.loop), on: thread.loop) }))
        }
        let ended = DispatchGroup()
        let starting = Starting(count: loops.count) { [supervisor, logger] in
            logger.info("started", .number("port", Int(port)), .number("loops", loopNames.count))
            supervisor.tell(.ready)
        }
        for (thread, service) in loops {
            ended.enter()
            _ = thread.run {
                do throws(SystemError) {
                    try await service.value.value.run { starting.countDown() }
                } catch {
                    self.logger.error("loop failed", .error(error))
                    self.failed.store(true, ordering: .relaxed)
                    ShutdownSignal.raise()
                }
                ended.leave()
            }
        }
        let watchdog = Watchdog(supervisor, loops: loops.map(\.thread.loop))
        watchdog.start()
        ShutdownSignal.wait()
        logger.info("draining")
        supervisor.tell(.stopping)
        stopping.store(true, ordering: .relaxed)
        for (thread, service) in loops { _ = thread.run { await service.value.value.drain() } }
        if ended.wait(timeout: .now() + drainTimeout.inSeconds) != .success {
            logger.warning("drain deadline passed")
            abort(loops)
            _ = ended.wait(timeout: .now() + 1)
        }
        watchdog.stop()
        for (thread, _) in loops { thread.stop() }
        return !failed.load(ordering: .relaxed)
    }

    /// Aborts the services; waits at most 3 seconds, because a store may be unavailable.
    private func abort(
        _ loops: [(thread: LoopThread, service: Task<LoopBound<any LoopService>, Never>)]
    ) {
        let aborted = DispatchGroup()
        for (thread, service) in loops {
            aborted.enter()
            _ = thread.run {
                await service.value.value.abort()
                aborted.leave()
            }
        }
        _ = aborted.wait(timeout: .now() + 3)
    }

    /// Writes the last log line and closes the log; call it after `run`, when everything else is closed.
    package func close() {
        logger.info("stopped")
        logWriter.close()
    }

    // MARK: Operations

    /// The health of the process: Redis, MariaDB, and what else it needs.
    package func health(
        isRedisReady: @escaping () -> Bool, _ mysql: MySQLPool, more: [Health.Check] = [], liveWord: String,
        readyWord: String
    ) -> Health {
        Health(
            checks: [
                Health.Check("redis") { isRedisReady() },
                Health.Check("mysql") { await mysql.isReachable() },
            ] + more, liveWord: liveWord, readyWord: readyWord, isStopping: { self.isStopping })
    }

    /// The metrics of every daemon, and then those that `own` appends.
    package func metrics(_ mysql: MySQLPool, own: (inout MetricsText) -> Void) -> MetricsText {
        var text = MetricsText()
        telemetry.write(to: &text, mysql: mysql.statistics)
        own(&text)
        return text
    }
}

/// Calls back when the last loop serves.
private final class Starting: Sendable {
    private let left: Atomic<Int>
    private let onStarted: @Sendable () -> Void

    init(count: Int, onStarted: @escaping @Sendable () -> Void) {
        left = Atomic(count)
        self.onStarted = onStarted
    }

    func countDown() {
        if left.subtract(1, ordering: .relaxed).newValue == 0 { onStarted() }
    }
}
