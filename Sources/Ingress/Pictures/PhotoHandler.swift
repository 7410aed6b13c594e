internal import Domain
internal import Platform

/// Handles uploads of customers' photographs and of garments.
final class PhotoHandler {
    private let upload: PictureUpload
    private let writes: IdempotentWrite
    private let redis: RedisStore
    private let links: SignedLinks
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: 65_536)
    private var random = SystemRandomSource()

    init(upload: PictureUpload, writes: IdempotentWrite, redis: RedisStore, links: SignedLinks, logger: Logger) {
        self.upload = upload
        self.writes = writes
        self.redis = redis
        self.links = links
        self.logger = logger
    }

    /// Adds a photograph, which becomes the customer's newest.
    func addPhoto(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let externalID = try context.request.parameter(0)
        let id = PhotoID(at: context.now, random: &random)
        let (key, now) = (context.key, context.now)
        let stored = try await upload.store(context.request, of: key.organizationID, field: "photo") { format in
            ObjectPath.photo(key.organizationID, id, format)
        }
        let url = links.address(of: stored.path, at: now)
        let name = "photos\0\(externalID)\0\(stored.sha256)"
        let response = try await write(context, "photos", stored, fingerprint: name) { connection throws(MySQLError) in
            let customers = try connection.query(
                PictureStatements.customer, key.tenant + ["external_id": .text(externalID)])
            guard let customer = customers.first?["id"] else { return .failure(.notFound("customer")) }
            try connection.update(
                PictureStatements.insertPhoto,
                [
                    "id": .id(id), "organization": .id(key.organizationID),
                    "environment": .text(key.environment.rawValue), "customer": customer, "path": .text(stored.path),
                    "media_type": .text(stored.info.format.mediaType), "width": .integer(Int64(stored.info.width)),
                    "height": .integer(Int64(stored.info.height)), "bytes": .integer(Int64(stored.bytes)),
                    "digest": .text(stored.sha256), "now": .time(now),
                ])
            return .success(
                IdempotentWrite.Answer(
                    status: .ok, location: nil, body: Self.json(id, url, stored), subjectID: customer.text))
        }
        // Needed after a replay, too: the process may have died between the first commit and the update of Redis.
        await offer(photoID(in: response.body.bytes) ?? id, externalID, key)
        return response
    }

    func addGarment(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let category = try category(context.request)
        let id = GarmentID(at: context.now, random: &random)
        let (key, now) = (context.key, context.now)
        let stored = try await upload.store(context.request, of: key.organizationID, field: "photo") { format in
            ObjectPath.garment(key.organizationID, id, format)
        }
        let url = links.address(of: stored.path, at: now)
        let name = "garments\0\(category?.rawValue ?? "")\0\(stored.sha256)"
        return try await write(context, "garments", stored, fingerprint: name) { connection throws(MySQLError) in
            try connection.update(
                PictureStatements.insertGarment,
                [
                    "id": .id(id), "organization": .id(key.organizationID),
                    "environment": .text(key.environment.rawValue), "category": .optional(category?.rawValue),
                    "path": .text(stored.path), "media_type": .text(stored.info.format.mediaType),
                    "width": .integer(Int64(stored.info.width)), "height": .integer(Int64(stored.info.height)),
                    "bytes": .integer(Int64(stored.bytes)), "digest": .text(stored.sha256), "now": .time(now),
                ])
            let body = Self.json(id, url, stored, category)
            return .success(IdempotentWrite.Answer(status: .created, location: nil, body: body))
        }
    }

    // MARK: Steps

    private func category(_ context: RequestContext) throws(Problem) -> GarmentCategory? {
        let query = try QueryReader(context)
        let category: GarmentCategory? = query.choice(PictureSchema.category)
        try query.faults.check()
        return category
    }

    /// Writes the row; deletes the file if the row is not written, or if the request is a replay.
    private func write(
        _ context: KeyContext, _ route: StaticString, _ stored: PictureUpload.Stored, fingerprint: String,
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<IdempotentWrite.Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        do throws(Problem) {
            let response = try await writes.run(
                context, route: route, fingerprinting: Array(fingerprint.utf8), work)
            if response["Idempotent-Replayed"] != nil { await upload.discard(stored) }
            return response
        } catch {
            // The file stays if it is unknown whether the row was written.
            if error.code != .acceptanceUnknown { await upload.discard(stored) }
            throw error
        }
    }

    /// Sets the customer's reference to this photo, unless it has a newer one.
    private func offer(_ photo: PhotoID, _ externalID: String, _ key: APIKey) async {
        do throws(RedisError) {
            try await NewestPhotoScript(
                photo.description, for: key.names.customerPrefix + ReferenceCache.hash(ofCustomer: externalID),
                in: key.names.slot, lifetimeSeconds: ReferenceCache.lifetimeSeconds, wasJustStored: true
            ).run(redis)
        } catch {
            logger.warning("the reference to an older photo stays for up to an hour", .error(error))
        }
    }

    /// The id of the photo in a response.
    private func photoID(in body: [UInt8]) -> PhotoID? {
        do throws(JSONError) {
            let members = try parser.parse(body).root.members ?? []
            return members.first { $0.name == "id" }?.value.string.flatMap { PhotoID($0) }
        } catch {
            return nil
        }
    }

    private static func json(
        _ id: some Identity, _ url: String, _ stored: PictureUpload.Stored, _ category: GarmentCategory? = nil
    ) -> [UInt8] {
        HTTPResponse.json { json in
            json.field("id", id)
            json.field("url", url)
            if let category { json.field("category", category.rawValue) }
            json.field("width", stored.info.width)
            json.field("height", stored.info.height)
            json.field("bytes", stored.bytes)
            json.field("sha256", stored.sha256)
        }.body.bytes
    }
}
