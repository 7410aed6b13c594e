internal import Shared

/// Erases what Drape knows of a customer: the row's content, photographs, results, events, stored answers, Redis's copies.
///
/// The transaction decides; what lies outside MariaDB is deleted right behind it, and by a worker's sweeper where this
/// process dies, or a store is away.
final class CustomerEraser {
    private let mysql: MySQLPool
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let objects: ObjectStore
    private let pool: BlockingPool
    private let logger: Logger

    init(
        mysql: MySQLPool, redis: RedisConnection, keys: RedisKeys, objects: ObjectStore, pool: BlockingPool,
        logger: Logger
    ) {
        self.mysql = mysql
        self.redis = redis
        self.keys = keys
        self.objects = objects
        self.pool = pool
        self.logger = logger
    }

    /// Erases a customer; false where there is none.
    func erase(_ externalID: String, _ key: APIKey, at now: Timestamp) async throws(Problem) -> Bool {
        let keys = self.keys
        let batch = Randomness.bytes(count: 16).hexText
        let erasure = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try CustomerErasure(externalID, key, keys, batch: batch, at: now, connection)
            }
        }
        guard let erasure else { return false }
        let isRedisClean = await forgetInRedis(erasure, key)
        let areFilesGone = await deleteFiles(erasure.list)
        if isRedisClean, areFilesGone {
            let list = erasure.list
            let removed = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
            if case .success = removed { return true }
        }
        logger.warning("an erasure is not finished: a worker's sweeper goes on with it", .text("batch", batch))
        return true
    }

    // MARK: Outside MariaDB

    /// References first: whoever is admitted behind that has no photo any more.
    private func forgetInRedis(_ erasure: CustomerErasure, _ key: APIKey) async -> Bool {
        let redisErasure = RedisErasure(redis: redis, keys: keys)
        do throws(RedisError) {
            try await redisErasure.delete(
                erasure.list.entries.filter { $0.kind == .key }.map(\.name),
                leaving: NewestPhotoScript.erased + (erasure.photos.max()?.description ?? ""))
            try await redisErasure.forgetTickets(of: key.organizationID, with: erasure.photos)
            return true
        } catch {
            return false
        }
    }

    private func deleteFiles(_ list: ErasureList) async -> Bool {
        let objects = self.objects
        let paths = list.entries.filter { $0.kind == .file }.map(\.name)
        let areGone = await pool.run { () -> Bool in
            var areGone = true
            for path in paths {
                do throws(ObjectStore.Failure) {
                    try objects.delete(path)
                } catch {
                    areGone = false
                }
            }
            return areGone
        }
        return areGone ?? false
    }
}
