internal import Domain
internal import Platform

/// Erases a customer's data: the row's content, photographs, results, events, stored answers, and Redis's copies.
///
/// The erasure is final after the transaction. Data outside MariaDB is deleted directly after it, or later by a
/// worker's sweeper if this process dies or a store is unavailable.
final class CustomerEraser {
    private let mysql: MySQLPool
    private let redis: RedisStore
    private let objects: any ObjectStore
    private let events: EventDispatcher
    private let logger: Logger

    init(
        mysql: MySQLPool, redis: RedisStore, objects: any ObjectStore, events: EventDispatcher, logger: Logger
    ) {
        self.events = events
        self.mysql = mysql
        self.redis = redis
        self.objects = objects
        self.logger = logger
    }

    /// Erases a customer.
    /// - Returns: false if there is no customer with this id.
    func erase(_ externalID: String, _ key: APIKey, at now: Timestamp) async throws(Problem) -> Bool {
        let batch = SecureRandom.bytes(count: 16).hexText
        let erasure = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try CustomerErasure(externalID, key, batch: batch, at: now, connection)
            }
        }
        guard let erasure else { return false }
        await events.dispatch(erasure.deliveries, of: key.organizationID)
        let isRedisClean = await eraseInRedis(erasure, key)
        let areFilesGone = await deleteFiles(erasure.list)
        if isRedisClean, areFilesGone {
            let list = erasure.list
            let removed = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
            if case .success = removed { return true }
        }
        logger.warning("an erasure is not finished; a worker continues it", .text("batch", batch))
        return true
    }

    // MARK: Outside MariaDB

    /// Replaces the references first, so that no session is admitted with a photo that is being erased.
    private func eraseInRedis(_ erasure: CustomerErasure, _ key: APIKey) async -> Bool {
        let redisErasure = RedisErasure(redis: redis)
        do throws(RedisError) {
            try await replaceReferences(
                erasure.list.entries.filter { $0.kind == .key }.map(\.name),
                byTombstone: NewestPhotoScript.tombstone + (erasure.photos.max()?.description ?? ""),
                in: key.names.slot)
            try await redisErasure.eraseJobs(of: key.organizationID, with: erasure.photos)
            return true
        } catch {
            return false
        }
    }

    /// Replaces references in one slot by a tombstone that expires after `NewestPhotoScript.tombstoneSeconds`.
    ///
    /// Without the tombstone, a process that read MariaDB before the erasure could write the references again.
    private func replaceReferences(
        _ names: [String], byTombstone tombstone: String, in slot: RedisSlot
    ) async throws(RedisError) {
        let seconds = String(NewestPhotoScript.tombstoneSeconds)
        for name in names {
            _ = try await redis.send(RedisCommand(["SET", name, tombstone, "EX", seconds]), to: slot)
        }
    }

    private func deleteFiles(_ list: ErasureList) async -> Bool {
        await objects.deletePictures(list.entries.filter { $0.kind == .file }.map(\.name)).isEmpty
    }
}
