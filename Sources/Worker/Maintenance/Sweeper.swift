internal import Domain
internal import Platform

/// Deletes leftovers of erased customers, expired idempotency keys, and partially written files.
///
/// Every worker sweeps; all steps are idempotent, so that concurrent sweeps are safe.
final class Sweeper {
    private static let pause = Duration.seconds(15)
    private static let postponement = Duration.seconds(600)
    /// No write of a file takes this long.
    private static let partialLifetime = Duration.seconds(3_600)
    private let loop: EventLoop
    private let mysql: MySQLPool
    private let redisErasure: RedisErasure
    private let objects: any ObjectStore
    private let logger: Logger
    private let clock: any WallClock
    private let signal = LoopSignal()
    private var isStopped = false

    init(
        loop: EventLoop, mysql: MySQLPool, redisErasure: RedisErasure, objects: any ObjectStore, logger: Logger,
        clock: any WallClock
    ) {
        self.loop = loop
        self.mysql = mysql
        self.redisErasure = redisErasure
        self.objects = objects
        self.logger = logger
        self.clock = clock
    }

    func stop() {
        isStopped = true
        signal.notify()
    }

    /// Sweeps until `stop`.
    func run() async {
        while !isStopped {
            if await sweep() { continue }
            loop.schedule(after: Self.pause) { [weak self] in self?.signal.notify() }
            await signal.wait()
        }
    }

    /// Sweeps once, and returns whether there may be more to do at once.
    private func sweep() async -> Bool {
        let now = clock.now()
        let found = await mysql.attempt { connection throws(MySQLError) -> (expired: Int, due: [ErasureList.Due]) in
            (
                try connection.update(SweeperStatements.dropExpiredKeys, [.time(now)]),
                try ErasureList.due(at: now, connection)
            )
        }
        guard case .success(let (expired, due)) = found else { return false }
        let mayHaveMore = expired == SweeperStatements.expiredKeysMax
        await objects.deletePartialFiles(olderThan: Self.partialLifetime)
        guard !due.isEmpty else { return mayHaveMore }
        let paths = due.filter { $0.entry.kind == .file }.map(\.entry.name)
        let undeleted = Set(await objects.deletePictures(paths).map(\.path))
        func isLeft(_ one: ErasureList.Due) -> Bool {
            one.entry.kind == .file && ObjectPath.isLeft(one.entry.name, of: undeleted)
        }
        let (gone, left) = (due.filter { !isLeft($0) }, due.filter(isLeft))
        // If Redis fails, all entries stay listed. References go before waiting jobs, because they lead to new jobs.
        guard await forget(due.map(\.entry)) else { return false }
        let written = await mysql.attempt { [gone, left] connection throws(MySQLError) in
            try ErasureList.remove(gone, connection)
            try ErasureList.postpone(left, until: now + Self.postponement, connection)
        }
        guard case .success = written else { return false }
        if !gone.isEmpty { logger.info("what was left of erasures was deleted", .number("count", gone.count)) }
        if !left.isEmpty {
            logger.warning("what is left of erasures cannot be deleted yet", .number("count", left.count))
        }
        return true
    }

    /// Deletes what the entries name in Redis; returns false if Redis fails.
    private func forget(_ entries: [ErasureList.Entry]) async -> Bool {
        var photos: [OrganizationID: [PhotoID]] = [:]
        for entry in entries where entry.kind == .jobs {
            let parts = entry.name.split(separator: " ")
            guard parts.count == 2, let organization = OrganizationID(parts[0]), let photo = PhotoID(parts[1])
            else { continue }
            photos[organization, default: []].append(photo)
        }
        do throws(RedisError) {
            try await redisErasure.delete(entries.filter { $0.kind == .key }.map(\.name))
            for (organization, photos) in photos {
                try await redisErasure.eraseJobs(of: organization, with: photos)
            }
            return true
        } catch {
            return false
        }
    }
}
