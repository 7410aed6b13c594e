internal import Domain
internal import Foundation
internal import Platform

/// One worker process: the parts that its loop uses and that are safe from any thread.
final class WorkerProcess: Sendable {
    let configuration: WorkerConfiguration
    let daemon: Daemon
    let telemetry: WorkerTelemetry
    let mysql: MySQLPool
    let keys: RedisKeys
    let stores: StoreGuard
    let renderPool: BlockingPool
    let objects: ObjectStoreFactory
    let policy: AddressPolicy
    let listener: SharedListener
    /// The random id of this process start.
    let boot: String
    let previousBoot: String?
    // Invariant: not used after `init`; it holds the file lock as long as the process lives.
    nonisolated(unsafe) private let instance: InstanceLock

    init(configuration: WorkerConfiguration) throws {
        let common = configuration.common
        self.configuration = configuration
        daemon = Daemon(component: "worker", logLevel: common.logLevel, drainTimeout: common.drainTimeout)
        telemetry = WorkerTelemetry()
        boot = SecureRandom.bytes(count: 8).hexText
        if let passed = try daemon.supervisor.listener() {
            listener = SharedListener(passed)
        } else {
            listener = SharedListener(try ListenerHandle(port: configuration.port))
        }
        let instance = try InstanceLock(
            directory: configuration.instanceDirectory, name: "worker-\(listener.handle.port).boot", boot: boot)
        unsafe self.instance = instance
        previousBoot = instance.previousBoot
        keys = RedisKeys(shardCount: try ShardCount.read(common.database))
        mysql = MySQLPool(endpoint: common.database, threadsMax: common.databaseThreadsMax, logger: daemon.logger)
        stores = try StoreGuard(common, keys: keys, mysql: mysql, logger: daemon.logger)
        objects = ObjectStoreFactory(directory: common.objectsDirectory, s3: common.s3)
        policy = AddressPolicy(allowed: common.allowedNetworks)
        renderPool = BlockingPool(name: "render", threads: ProcessInfo.processInfo.activeProcessorCount + 1)
    }

    var logger: Logger { daemon.logger }

    /// Runs until a signal asks the process to stop; blocks the calling thread.
    /// - Returns: whether the process ended without a failure.
    /// - Throws: `SystemError`, or `ConfigurationError` if a store is not safe enough.
    func run() throws -> Bool {
        try stores.start()
        let hasSucceeded = try daemon.run(loopNames: ["worker"], port: listener.handle.port) { loop in
            WorkerLoop(loop: loop, process: self)
        }
        stores.stop()
        mysql.close()
        daemon.close()
        return hasSucceeded
    }
}
