internal import Domain
internal import Foundation
internal import Platform

/// One ingress process: the parts that its event loops share, all of them thread-safe.
final class IngressProcess: Sendable {
    let configuration: IngressConfiguration
    let daemon: Daemon
    let telemetry = IngressTelemetry()
    let failedAuthentications = FailedAuthenticationTallies()
    let limits: HTTPLimits
    let loopCount: Int
    let listener: SharedListener
    let mysql: MySQLPool
    let keys: RedisKeys
    let stores: StoreGuard
    let objects: ObjectStoreFactory
    /// Threads that check pictures.
    let pictures: BlockingPool
    let faces = FaceDetectors()

    /// Binds the port, and reads the shard count from the database.
    init(configuration: IngressConfiguration) throws {
        let common = configuration.common
        self.configuration = configuration
        daemon = Daemon(component: "ingress", logLevel: common.logLevel, drainTimeout: common.drainTimeout)
        mysql = MySQLPool(
            endpoint: common.database, threadsMax: common.databaseThreadsMax, lockWaitSeconds: 1,
            logger: daemon.logger)
        objects = ObjectStoreFactory(directory: common.objectsDirectory, s3: common.s3)
        pictures = BlockingPool(name: "pictures", threads: ProcessInfo.processInfo.activeProcessorCount + 1)
        keys = RedisKeys(shardCount: try ShardCount.read(common.database))
        stores = try StoreGuard(common, keys: keys, mysql: mysql, logger: daemon.logger)
        // A fault of the directory is reported at start, not with the first large body.
        _ = try HTTPBodySpool(directory: configuration.spoolDirectory, total: Gauge())
        if let passed = try daemon.supervisor.listener() {
            listener = SharedListener(passed)
        } else {
            listener = SharedListener(try ListenerHandle(port: configuration.port))
        }
        limits = Self.limits(configuration)
        loopCount = configuration.loops == 0 ? ProcessInfo.processInfo.activeProcessorCount : configuration.loops
    }

    /// Serves until a signal asks the process to stop; blocks the calling thread.
    /// - Returns: whether nothing failed.
    /// - Throws: `SystemError`, or `ConfigurationError` if a store is not safe enough.
    func run() throws -> Bool {
        try stores.start()
        let hasSucceeded = try daemon.run(
            loopNames: (0..<loopCount).map { "loop-\($0)" }, port: listener.handle.port
        ) { loop in
            IngressLoop(loop: loop, process: self)
        }
        stores.stop()
        mysql.close()
        daemon.close()
        return hasSucceeded
    }

    private static func limits(_ configuration: IngressConfiguration) -> HTTPLimits {
        var limits = HTTPLimits()
        let reserve = 256
        let most = min(1_000_000, max(64, OpenFiles.raiseLimit() - reserve))
        limits.connectionsMax = configuration.connectionsMax == 0 ? most : min(most, configuration.connectionsMax)
        return limits
    }
}
