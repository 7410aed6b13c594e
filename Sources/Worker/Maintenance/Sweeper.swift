internal import Shared

/// Deletes what has to go: files and Redis keys of erased customers that nobody has deleted, and expired idempotency keys.
///
/// Every worker sweeps; what two of them do at once does no harm twice.
final class Sweeper {
    private static let pause = Duration.seconds(15)
    private let loop: EventLoop
    private let mysql: MySQLPool
    private let redis: RedisConnection
    private let objects: ObjectStore
    private let logger: Logger
    private let clock: any WallClock
    private let signal = LoopSignal()
    private var isStopped = false

    init(
        loop: EventLoop, mysql: MySQLPool, redis: RedisConnection, objects: ObjectStore, logger: Logger,
        clock: any WallClock
    ) {
        self.loop = loop
        self.mysql = mysql
        self.redis = redis
        self.objects = objects
        self.logger = logger
        self.clock = clock
    }

    func stop() {
        isStopped = true
        signal.ring()
    }

    /// Sweeps until `stop`.
    func run() async {
        while !isStopped {
            if await sweep() { continue }
            loop.schedule(after: Self.pause) { [weak self] in self?.signal.ring() }
            await signal.wait()
        }
    }

    /// Says whether there may be more to do at once.
    private func sweep() async -> Bool {
        let (objects, now) = (self.objects, clock.now())
        let found = await mysql.attempt { connection throws(MySQLError) -> [ErasureList.Due] in
            try connection.update(SweeperStatements.dropExpiredKeys, [.time(now)])
            return try ErasureList.due(at: now, connection).filter { due in
                guard due.entry.kind == .file else { return true }
                do throws(ObjectStore.Failure) {
                    try objects.delete(due.entry.name)
                    return true
                } catch {
                    return false
                }
            }
        }
        guard case .success(let done) = found, !done.isEmpty, await deleteKeys(done) else { return false }
        let removed = await mysql.attempt { connection throws(MySQLError) in try ErasureList.remove(done, connection) }
        guard case .success = removed else { return false }
        logger.info("what was left of erased customers was deleted", .number("count", done.count))
        return true
    }

    private func deleteKeys(_ done: [ErasureList.Due]) async -> Bool {
        do throws(RedisError) {
            // One at a time: they live in several shards.
            for due in done where due.entry.kind == .key {
                _ = try await redis.send(RedisCommand(["DEL", due.entry.name]))
            }
            return true
        } catch {
            return false
        }
    }
}
