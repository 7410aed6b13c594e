internal import Domain
internal import Platform

/// Stores an uploaded picture and writes its row, once for each idempotency key.
///
/// Until the row is written, the files are in an erasure list: if the process dies, a worker deletes them.
final class PictureWrite {
    /// An uploaded picture whose files are stored, and whose row is not written yet.
    final class Upload: Sendable {
        let stored: PictureUpload.Stored
        fileprivate let list: ErasureList

        fileprivate init(_ stored: PictureUpload.Stored, _ list: ErasureList) {
            self.stored = stored
            self.list = list
        }
    }

    /// Longer than any upload takes.
    private static let grace = Duration.seconds(3_600)
    private let writes: IdempotentWrite
    private let upload: PictureUpload
    private let mysql: MySQLPool

    init(writes: IdempotentWrite, upload: PictureUpload, mysql: MySQLPool) {
        self.writes = writes
        self.upload = upload
        self.mysql = mysql
    }

    /// Stores the files of a request's picture.
    ///
    /// `path` returns the path of the whole picture for its format; `files` are all that it may have.
    func store(
        _ kind: PictureUpload.Kind, _ context: KeyContext, files: [String],
        path: @escaping @Sendable (PictureFormat) -> String
    ) async throws(Problem) -> Upload {
        let list = ErasureList(
            batch: SecureRandom.bytes(count: 16).hexText, files.map { ErasureList.Entry(.file, $0) })
        let now = context.now
        // A transaction, because its start finds out whether the connection still is one.
        let written = await mysql.attempt { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try list.write(at: now, grace: Self.grace, connection)
            }
        }
        guard case .success = written else {
            throw Problem(.storeUnavailable, "the database did not answer; nothing was stored; try again later")
        }
        do throws(Problem) {
            let stored = try await upload.store(
                kind, context.request, of: context.key.organizationID, field: "photo", path: path)
            return Upload(stored, list)
        } catch {
            // Some files may be there; a worker deletes those that are left.
            var isGone = true
            if error.code == .storeUnavailable { isGone = await upload.delete(files) }
            if isGone { await forget(list) }
            throw error
        }
    }

    /// Writes the row; deletes the files if the row is not written, or if the request is a replay.
    func run(
        _ context: KeyContext, _ route: StaticString, _ upload: Upload, fingerprint: String,
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<IdempotentWrite.Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        do throws(Problem) {
            let response = try await writes.run(
                context, route: route, fingerprinting: Array(fingerprint.utf8)
            ) { connection throws(MySQLError) in
                let result = try work(connection)
                if case .success = result, try !upload.list.withdraw(connection) {
                    return .failure(Problem(.storeUnavailable, "the upload took too long; try again"))
                }
                return result
            }
            if response["Idempotent-Replayed"] != nil { await discard(upload) }
            return response
        } catch {
            // The files stay if it is unknown whether the row was written; if it was not, a worker deletes them.
            if error.code != .acceptanceUnknown { await discard(upload) }
            throw error
        }
    }

    private func discard(_ upload: Upload) async {
        if await self.upload.delete(upload.stored.paths) { await forget(upload.list) }
    }

    /// Removes a list of files that are gone; if it stays, a worker only looks for them once more.
    private func forget(_ list: ErasureList) async {
        _ = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
    }
}

extension MySQLParameters {
    /// The columns that photographs and garments have in common.
    init(_ id: some Identity, _ stored: PictureUpload.Stored, _ key: APIKey, at now: Timestamp) {
        self = [
            "id": .id(id), "organization": .id(key.organizationID), "environment": .text(key.environment.rawValue),
            "path": .text(stored.path), "media_type": .text(stored.picture.info.format.mediaType),
            "width": .integer(Int64(stored.picture.info.width)),
            "height": .integer(Int64(stored.picture.info.height)), "bytes": .integer(Int64(stored.bytes)),
            "digest": .text(stored.picture.sha256), "now": .time(now),
        ]
    }
}
