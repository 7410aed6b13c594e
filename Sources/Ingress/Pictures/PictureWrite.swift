internal import Domain
internal import Platform

/// Writes the row of an uploaded picture, once for each idempotency key.
final class PictureWrite {
    private let writes: IdempotentWrite
    private let upload: PictureUpload

    init(writes: IdempotentWrite, upload: PictureUpload) {
        self.writes = writes
        self.upload = upload
    }

    /// Writes the row; deletes the files if the row is not written, or if the request is a replay.
    func run(
        _ context: KeyContext, _ route: StaticString, _ stored: PictureUpload.Stored, fingerprint: String,
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<IdempotentWrite.Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        do throws(Problem) {
            let response = try await writes.run(
                context, route: route, fingerprinting: Array(fingerprint.utf8), work)
            if response["Idempotent-Replayed"] != nil { await upload.discard(stored) }
            return response
        } catch {
            // The files stay if it is unknown whether the row was written.
            if error.code != .acceptanceUnknown { await upload.discard(stored) }
            throw error
        }
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
