internal import Foundation
internal import Shared
internal import Synchronization

/// One worker process: what it is made of, and the order in which it starts and stops.
final class WorkerProcess: Sendable {
    let configuration: WorkerConfiguration
    let telemetry: WorkerTelemetry
    let logger: Logger
    let mysql: MySQLPool
    let keys: RedisKeys
    let renderPool: BlockingPool
    let objects: ObjectStore
    let policy: AddressPolicy
    let listener: SharedListener
    let boot: String
    let previousBoot: String?
    private let logWriter: LogWriter
    private let stopping = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)
    // Invariant: never used behind `init`; it holds a lock as long as the process lives.
    nonisolated(unsafe) private let instance: InstanceFile

    init(configuration: WorkerConfiguration) throws {
        self.configuration = configuration
        logWriter = LogWriter()
        logger = Logger(writer: logWriter, component: "worker", level: configuration.logLevel)
        telemetry = WorkerTelemetry(logWriter: logWriter)
        boot = Randomness.bytes(count: 8).hexText
        listener = SharedListener(try ListenerHandle(port: configuration.port))
        let instance = try InstanceFile(
            directory: configuration.instanceDirectory, name: "worker-\(listener.handle.port).boot", boot: boot)
        unsafe self.instance = instance
        previousBoot = instance.previousBoot
        keys = RedisKeys(shardCount: try ShardCount.read(configuration.database))
        mysql = MySQLPool(
            endpoint: configuration.database, threadsMax: configuration.databaseThreadsMax, logger: logger)
        objects = ObjectStore(directory: configuration.objectsDirectory)
        policy = AddressPolicy(allowed: configuration.allowedNetworks)
        renderPool = BlockingPool(name: "render", threads: ProcessInfo.processInfo.activeProcessorCount)
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Works until a signal asks the process to stop; says whether nothing failed.
    ///
    /// Blocks the calling thread.
    func run() throws(SystemError) -> Bool {
        _ = OpenFiles.raiseLimit()
        let thread = try LoopThread(name: "worker")
        let made = thread.run { LoopBound(WorkerLoop(loop: thread.loop, process: self), on: thread.loop) }
        let ended = DispatchSemaphore(value: 0)
        _ = thread.run {
            do throws(SystemError) {
                try await made.value.value.run()
            } catch {
                self.logger.error("the worker failed", .error(error))
                self.failed.store(true, ordering: .relaxed)
                ShutdownSignal.raise()
            }
            ended.signal()
        }
        logger.info("working", .text("boot", boot), .number("port", Int(listener.handle.port)))
        ShutdownSignal.wait()
        logger.info("draining")
        stopping.store(true, ordering: .relaxed)
        _ = thread.run { await made.value.value.drain() }
        if ended.wait(timeout: .now() + configuration.drainTimeout.inSeconds) != .success {
            logger.warning("drain deadline passed: what is held is given back")
            let surrendered = DispatchSemaphore(value: 0)
            _ = thread.run {
                await made.value.value.surrender()
                surrendered.signal()
            }
            _ = surrendered.wait(timeout: .now() + 3)
        }
        thread.stop()
        logger.info("stopped")
        logWriter.close()
        return !failed.load(ordering: .relaxed)
    }
}
