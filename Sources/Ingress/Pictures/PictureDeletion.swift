internal import Domain
internal import Platform

/// Deletes one photograph or garment: its row, its references in Redis, and its files.
///
/// The deletion is final after the transaction. What is outside MariaDB is deleted directly after it, or later by a
/// worker's sweeper. A session that was admitted with the picture finds the row deleted when it is charged.
final class PictureDeletion {
    private let mysql: MySQLPool
    private let redis: RedisStore
    private let upload: PictureUpload
    private let logger: Logger

    init(mysql: MySQLPool, redis: RedisStore, upload: PictureUpload, logger: Logger) {
        self.mysql = mysql
        self.redis = redis
        self.upload = upload
        self.logger = logger
    }

    private struct DeletedPhoto: Sendable {
        let id: PhotoID
        let newest: PhotoID?
        let list: ErasureList
    }

    /// Deletes a photograph of a customer; `name` has its id, and the customer's.
    /// - Returns: false if there is none.
    func deletePhoto(
        of externalID: String, _ name: MySQLParameters, _ key: APIKey, at now: Timestamp
    ) async throws(Problem) -> Bool {
        let batch = SecureRandom.bytes(count: 16).hexText
        let customer = key.tenant + ["external_id": .text(externalID)]
        let deleted: DeletedPhoto? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> DeletedPhoto? in
                // In the order of an erasure: the customer, then the photo.
                _ = try connection.query(PictureStatements.customer, customer)
                guard let row = try connection.query(PictureStatements.photo, name).first else { return nil }
                let id: PhotoID = row.id("id")
                try connection.update(PictureStatements.deletePhoto, ["id": .id(id), "now": .time(now)])
                try connection.update(
                    IdempotencyStatements.forget, ["organization": .id(key.organizationID), "subject": .id(id)])
                let list = ErasureList(
                    batch: batch,
                    ObjectPath.files(ofPhoto: row.text("object_path")).map { ErasureList.Entry(.file, $0) } + [
                        ErasureList.Entry(.key, key.names.photoPrefix + id.description),
                        ErasureList.Entry(
                            .key, key.names.customerPrefix + ReferenceCache.hash(ofCustomer: externalID)),
                    ])
                try list.write(at: now, connection)
                let newest = try connection.query(PictureStatements.newestPhoto, customer).first
                return DeletedPhoto(id: id, newest: newest?.optionalID("id"), list: list)
            }
        }
        guard let deleted else { return false }
        let script = PhotoRemovalScript(deleted.id, newest: deleted.newest, of: externalID, key.names)
        await finish(deleted.list) { () async throws(RedisError) in try await script.run(redis) }
        return true
    }

    /// Deletes a garment; `name` has its id.
    /// - Returns: false if there is none.
    func deleteGarment(_ name: MySQLParameters, _ key: APIKey, at now: Timestamp) async throws(Problem) -> Bool {
        let batch = SecureRandom.bytes(count: 16).hexText
        let list: ErasureList? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> ErasureList? in
                guard let row = try connection.query(PictureStatements.lockGarment, name).first else { return nil }
                try connection.update(PictureStatements.deleteGarment, ["id": row["id"], "now": .time(now)])
                try connection.update(
                    IdempotencyStatements.forget, ["organization": .id(key.organizationID), "subject": row["id"]])
                let list = ErasureList(
                    batch: batch,
                    ObjectPath.files(ofGarment: row.text("object_path")).map { ErasureList.Entry(.file, $0) } + [
                        ErasureList.Entry(.key, key.names.garmentPrefix + row.text("id"))
                    ])
                try list.write(at: now, connection)
                return list
            }
        }
        guard let list else { return false }
        let reference = list.entries.filter { $0.kind == .key }.map(\.name)
        await finish(list) { () async throws(RedisError) in
            for name in reference {
                // A tombstone: a process that read MariaDB before the deletion does not write the reference again.
                let seconds = String(NewestPhotoScript.tombstoneSeconds)
                let command = RedisCommand(["SET", name, NewestPhotoScript.tombstone, "EX", seconds])
                _ = try await redis.send(command, to: key.names.slot)
            }
        }
        return true
    }

    /// Deletes what is outside MariaDB, and then the list of it.
    private func finish(_ list: ErasureList, inRedis: () async throws(RedisError) -> Void) async {
        var isDone = true
        do throws(RedisError) { try await inRedis() } catch { isDone = false }
        if await !upload.delete(list.entries.filter { $0.kind == .file }.map(\.name)) { isDone = false }
        if isDone {
            let removed = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
            if case .success = removed { return }
        }
        logger.warning("a deletion is not finished; a worker continues it", .text("batch", list.batch))
    }
}
