internal import Foundation
internal import Shared
internal import Synchronization

/// One ingress process: a listener, its loops, and the order in which they start and stop.
final class IngressProcess: Sendable {
    let configuration: IngressConfiguration
    let limits: HTTPLimits
    let telemetry: IngressTelemetry
    let logger: Logger
    let listener: SharedListener
    let mysql: MySQLPool
    let keys: RedisKeys
    let objects: ObjectStore
    /// Threads that check pictures and read files.
    let pictures: BlockingPool
    private let logWriter: LogWriter
    private let stopping = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)

    /// Binds the port and asks the database how many shards there are.
    init(configuration: IngressConfiguration) throws {
        self.configuration = configuration
        let writer = LogWriter()
        logWriter = writer
        logger = Logger(writer: writer, component: "ingress", level: configuration.logLevel)
        telemetry = IngressTelemetry(logWriter: writer, startedAt: SystemClock().now())
        mysql = MySQLPool(
            endpoint: configuration.database, threadsMax: configuration.databaseThreadsMax, lockWaitSeconds: 1,
            logger: logger)
        objects = ObjectStore(directory: configuration.objectsDirectory)
        pictures = BlockingPool(name: "pictures", threads: max(2, ProcessInfo.processInfo.activeProcessorCount))
        keys = RedisKeys(shardCount: try ShardCount.read(configuration.database))
        // Large bodies need it later; a fault of the directory is better known now.
        _ = try HTTPBodySpool(directory: configuration.spoolDirectory, total: Gauge())
        listener = SharedListener(try ListenerHandle(port: configuration.port))
        limits = Self.limits(configuration)
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Serves until a signal asks the process to stop, or a loop fails; says whether none did.
    ///
    /// Blocks the calling thread.
    func run() throws(SystemError) -> Bool {
        var threads: [LoopThread] = []
        let cores = ProcessInfo.processInfo.activeProcessorCount
        for index in 0..<(configuration.loops == 0 ? cores : configuration.loops) {
            threads.append(try LoopThread(name: "loop-\(index)"))
        }
        let loops = threads.map { thread in
            let made = thread.run { LoopBound(IngressLoop(loop: thread.loop, process: self), on: thread.loop) }
            return (thread, made)
        }
        let ended = DispatchGroup()
        for (thread, made) in loops {
            ended.enter()
            _ = thread.run {
                do throws(SystemError) {
                    try await made.value.value.run()
                } catch {
                    self.logger.error("loop failed", .error(error))
                    self.failed.store(true, ordering: .relaxed)
                    ShutdownSignal.raise()
                }
                ended.leave()
            }
        }
        logger.info("listening", .number("port", Int(listener.handle.port)), .number("loops", threads.count))
        ShutdownSignal.wait()
        stop(loops, ended)
        return !failed.load(ordering: .relaxed)
    }

    /// Stops intake, drains to the deadline, cuts what is left, ends the threads, and writes the last line.
    private func stop(_ loops: [(LoopThread, Task<LoopBound<IngressLoop>, Never>)], _ ended: DispatchGroup) {
        logger.info("draining")
        stopping.store(true, ordering: .relaxed)
        for (thread, made) in loops { _ = thread.run { await made.value.value.drain() } }
        let isDrained = ended.wait(timeout: .now() + configuration.drainTimeout.inSeconds) == .success
        if !isDrained {
            logger.warning("drain deadline passed")
            for (thread, made) in loops { _ = thread.run { await made.value.value.abort() } }
            _ = ended.wait(timeout: .now() + 2)
        }
        for (thread, _) in loops { thread.stop() }
        mysql.close()
        logger.info("stopped")
        logWriter.close()
    }

    private static func limits(_ configuration: IngressConfiguration) -> HTTPLimits {
        var limits = HTTPLimits()
        let files = OpenFiles.raiseLimit()
        let reserve = 256
        let most = min(1_000_000, max(64, files - reserve))
        limits.connectionsMax = configuration.connectionsMax == 0 ? most : min(most, configuration.connectionsMax)
        return limits
    }
}
