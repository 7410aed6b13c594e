internal import Shared

/// Erases what Drape knows of a customer: the row's content, photographs, results, events, stored answers, Redis's copies.
///
/// The transaction decides; what lies outside MariaDB is deleted right behind it, and by a worker's sweeper where this
/// process dies, or a store is away.
final class CustomerEraser {
    private static let ticketsMax = 512
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
        await forgetWaiting(erasure.photos, key)
        let areKeysGone = await deleteKeys(erasure)
        let areFilesGone = await deleteFiles(erasure.list)
        if areKeysGone, areFilesGone {
            let list = erasure.list
            let removed = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
            if case .success = removed { return true }
        }
        logger.warning("an erasure is not finished: a worker's sweeper goes on with it", .text("batch", batch))
        return true
    }

    // MARK: Outside MariaDB

    private func deleteKeys(_ erasure: CustomerErasure) async -> Bool {
        let names = erasure.list.entries.filter { $0.kind == .key }.map(\.name)
        do throws(RedisError) {
            _ = try await redis.send(RedisCommand(["DEL"] + names))
            // A copy that was read from MariaDB a moment ago may still be on its way here.
            let seconds = String(NewestPhotoScript.erasedSeconds)
            _ = try await redis.send(
                RedisCommand(["SET", erasure.customerReference, NewestPhotoScript.erased, "EX", seconds]))
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

    /// Sessions that wait in Redis carry the request: they end unpaid without the photo, and until then know nobody.
    private func forgetWaiting(_ photos: [PhotoID], _ key: APIKey) async {
        guard !photos.isEmpty else { return }
        let organization = key.organizationID
        let shard = keys.shard(of: organization)
        do throws(RedisError) {
            var cursor = "0"
            repeat {
                let page = try await redis.send(
                    RedisCommand(["HSCAN", keys.holds(organization), cursor, "COUNT", String(Self.ticketsMax)]))
                guard let parts = page.elements, parts.count == 2, let next = parts[0].text,
                    let fields = parts[1].elements
                else { return }
                cursor = next
                let sessions = stride(from: 0, to: fields.count, by: 2).compactMap { fields[$0].text }
                if sessions.isEmpty { continue }
                _ = try await redis.run(
                    TicketErasureScript.script, keys: sessions.map { keys.job(.sessions, shard: shard, $0) }
                ) { command in
                    for photo in photos { command.append(photo.description) }
                }
            } while cursor != "0"
        } catch {
            // Whoever charges them finds the photo gone, and keeps nothing of the customer.
            logger.warning("waiting sessions of an erased customer keep their requests until they end", .error(error))
        }
    }
}
