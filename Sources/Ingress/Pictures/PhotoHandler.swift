internal import Shared

/// Photographs of customers, and garments.
final class PhotoHandler {
    private let gate: Gatekeeper
    private let upload: PictureUpload
    private let writes: IdempotentWrite
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let links: FileLinks
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: 65_536)
    private var random = SystemRandomSource()

    init(
        gate: Gatekeeper, upload: PictureUpload, writes: IdempotentWrite, redis: RedisConnection, keys: RedisKeys,
        links: FileLinks, logger: Logger
    ) {
        self.gate = gate
        self.upload = upload
        self.writes = writes
        self.redis = redis
        self.keys = keys
        self.links = links
        self.logger = logger
    }

    /// Adds a photograph of a customer, which becomes the newest.
    func addPhoto(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersWrite)
        let externalID = try context.parameter(0)
        let id = PhotoID(at: context.now, random: &random)
        let organization = key.organizationID
        let stored = try await upload.store(context, field: "photo") { format in
            ObjectStore.photoPath(organization, id, format)
        }
        let now = context.now
        let url = links.address(of: stored.path, at: now)
        let name = "photos\0\(externalID)\0\(stored.sha256)"
        let answer = try await write(context, key, "photos", stored, fingerprint: name) {
            connection throws(MySQLError) in
            let customers = try connection.query(PictureStatements.customer, key.tenant + [.text(externalID)])
            guard let customer = customers.first else { return .failure(.notFound("customer")) }
            try connection.update(
                PictureStatements.insertPhoto,
                [.id(id)] + key.tenant + [.text(customer.text(0))] + Self.columns(stored, now))
            return .success(
                IdempotentWrite.Answer(
                    status: .ok, location: nil, body: Self.json(id, url, stored), subjectID: customer.text(0)))
        }
        let reference = keys.customerReference(
            organization, key.environment, externalIDHash: ReferenceFiller.hash(ofCustomer: externalID))
        // Of a replay, too: the first answer may have been lost behind the commit, before the reference was changed.
        await offer(photoID(in: answer.body) ?? id, reference)
        return answer
    }

    func addGarment(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .tryonsWrite)
        let category = try category(context)
        let id = GarmentID(at: context.now, random: &random)
        let organization = key.organizationID
        let stored = try await upload.store(context, field: "photo") { format in
            ObjectStore.garmentPath(organization, id, format)
        }
        let now = context.now
        let url = links.address(of: stored.path, at: now)
        let name = "garments\0\(category?.rawValue ?? "")\0\(stored.sha256)"
        return try await write(context, key, "garments", stored, fingerprint: name) { connection throws(MySQLError) in
            try connection.update(
                PictureStatements.insertGarment,
                [.id(id)] + key.tenant + [.optional(category?.rawValue)] + Self.columns(stored, now))
            let body = Self.json(id, url, stored, category)
            return .success(IdempotentWrite.Answer(status: .created, location: nil, body: body))
        }
    }

    // MARK: Steps

    private func category(_ context: RequestContext) throws(Problem) -> GarmentCategory? {
        let faults = FaultList()
        var category: GarmentCategory?
        for (name, value) in try context.query() {
            if name != "category" {
                faults.add(name, "unknown_parameter", "is not a parameter of this request")
            } else if let found = GarmentCategory(rawValue: value) {
                category = found
            } else {
                let allowed = GarmentCategory.allCases.map(\.rawValue).joined(separator: ", ")
                faults.add("category", "not_allowed", "must be one of \(allowed)")
            }
        }
        try faults.check()
        return category
    }

    /// Keeps the row; where it is not kept, or was kept before, the file goes again.
    private func write(
        _ context: RequestContext, _ key: APIKey, _ route: StaticString, _ stored: PictureUpload.Stored,
        fingerprint: String,
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<IdempotentWrite.Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        do throws(Problem) {
            let response = try await writes.run(
                context, key, route: route, fingerprinting: Array(fingerprint.utf8), work)
            if response["Idempotent-Replayed"] != nil { await upload.discard(stored) }
            return response
        } catch {
            // Where nobody knows whether the row was kept, the file stays.
            if error.code != .acceptanceUnknown { await upload.discard(stored) }
            throw error
        }
    }

    /// It is the newest photo from now on, whatever somebody has read a moment ago.
    private func offer(_ photo: PhotoID, _ reference: String) async {
        do throws(RedisError) {
            _ = try await redis.run(NewestPhotoScript.script, keys: [reference]) { command in
                command.append(photo.description)
                command.append(ReferenceFiller.lifetimeSeconds)
                command.append("1")
            }
        } catch {
            logger.warning("the reference to an older photo lives on for an hour", .error(error))
        }
    }

    /// The photo that an answer tells of.
    private func photoID(in body: [UInt8]) -> PhotoID? {
        do throws(JSONError) {
            let members = try parser.parse(body).root.members ?? []
            return members.first { $0.name == "id" }?.value.string.flatMap { PhotoID($0) }
        } catch {
            return nil
        }
    }

    private static func columns(_ stored: PictureUpload.Stored, _ now: Timestamp) -> [MySQLValue] {
        [
            .text(stored.path), .text(stored.info.format.mediaType), .integer(Int64(stored.info.width)),
            .integer(Int64(stored.info.height)), .integer(Int64(stored.bytes)), .text(stored.sha256), .time(now),
        ]
    }

    private static func json(
        _ id: some Identity, _ url: String, _ stored: PictureUpload.Stored, _ category: GarmentCategory? = nil
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("id", id)
            json.field("url", url)
            if let category { json.field("category", category.rawValue) }
            json.field("width", stored.info.width)
            json.field("height", stored.info.height)
            json.field("bytes", stored.bytes)
            json.field("sha256", stored.sha256)
        }
        return json.bytes
    }
}
