internal import Shared

/// Erases what Drape knows of a customer: the row's content, photographs, results, stored answers, Redis's copies.
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
        let erased = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try Erased(externalID, key, now, connection)
            }
        }
        guard erased.wasThere else { return false }
        let (objects, logger) = (self.objects, self.logger)
        let deleted: Void? = await pool.run { () -> Void in
            for path in erased.paths {
                do throws(ObjectStore.Failure) {
                    try objects.delete(path)
                } catch {
                    logger.error("an erased customer's file was not deleted", .text("path", path), .error(error))
                }
            }
        }
        if deleted == nil { logger.error("an erased customer's files were not deleted: too much work waits") }
        try await forget(erased, externalID, key)
        return true
    }

    private func forget(_ erased: Erased, _ externalID: String, _ key: APIKey) async throws(Problem) {
        let customer = keys.customerReference(
            key.organizationID, key.environment, externalIDHash: ReferenceFiller.hash(ofCustomer: externalID))
        let photos = erased.photos.map { keys.photoReference(key.organizationID, key.environment, $0) }
        do throws(RedisError) {
            _ = try await redis.send(RedisCommand(["DEL", customer] + photos))
        } catch {
            throw Problem(
                .storeUnavailable, "the customer is erased, but a copy lives in the queue store; send it again")
        }
    }

    /// What the transaction has erased.
    private struct Erased: Sendable {
        var wasThere = false
        var photos: [PhotoID] = []
        var paths: [String] = []

        init(
            _ externalID: String, _ key: APIKey, _ now: Timestamp, _ connection: MySQLConnection
        ) throws(MySQLError) {
            let name = key.tenant + [MySQLValue.text(externalID)]
            guard let row = try connection.query(CustomerStatements.lock, name).first else { return }
            wasThere = true
            let id = MySQLValue.text(row.text(0))
            for photo in try connection.query(PictureStatements.photosOf, [id]) {
                photos.append(photo.id(0))
                paths.append(photo.text(1))
            }
            paths += try connection.query(PictureStatements.resultsOf, name).map { $0.text(0) }
            try connection.update(PictureStatements.forgetResults, name)
            try connection.update(PictureStatements.forgetSessions, name)
            try connection.update(PictureStatements.deletePhotos, [.time(now), id])
            try connection.update(CustomerStatements.erase, [.time(now), .time(now), id])
            try connection.update(IdempotencyStatements.forget, [.id(key.organizationID), id])
        }
    }
}
