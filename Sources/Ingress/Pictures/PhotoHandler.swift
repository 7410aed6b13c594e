internal import Domain
internal import Platform

/// Handles the photographs of customers.
final class PhotoHandler {
    private let writes: PictureWrite
    private let deletion: PictureDeletion
    private let mysql: MySQLPool
    private let redis: RedisStore
    private let links: SignedLinks
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: 65_536)
    private var random = SystemRandomSource()

    init(
        writes: PictureWrite, deletion: PictureDeletion, mysql: MySQLPool, redis: RedisStore,
        links: SignedLinks, logger: Logger
    ) {
        self.writes = writes
        self.deletion = deletion
        self.mysql = mysql
        self.redis = redis
        self.links = links
        self.logger = logger
    }

    // MARK: Uploading

    /// Adds a photograph, which becomes the customer's newest.
    func add(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let externalID = try context.request.parameter(0)
        let id = PhotoID(at: context.now, random: &random)
        let (key, now) = (context.key, context.now)
        let files = ObjectPath.files(ofPhoto: ObjectPath.photo(key.organizationID, id, .jpeg))
        let upload = try await writes.store(.photo, context, files: files) { format in
            ObjectPath.photo(key.organizationID, id, format)
        }
        let stored = upload.stored
        let body = json(PictureView(id, stored), at: now).body.bytes
        let name = "photos\0\(externalID)\0\(stored.picture.sha256)"
        let response = try await writes.run(
            context, "photos", upload, fingerprint: name
        ) { connection throws(MySQLError) in
            let customers = try connection.query(
                PictureStatements.customer, key.tenant + ["external_id": .text(externalID)])
            guard let customer = customers.first?["id"] else { return .failure(.notFound("customer")) }
            let columns = MySQLParameters(id, stored, key, at: now) + ["customer": customer]
            try connection.update(
                PictureStatements.insertPhoto, columns + Self.columns(stored.picture.face))
            return .success(IdempotentWrite.Answer(status: .ok, location: nil, body: body, subjectID: id.description))
        }
        // Needed after a replay, too: the process may have died between the first commit and the update of Redis.
        await offer(photoID(in: response.body.bytes) ?? id, externalID, key)
        return response
    }

    private static func columns(_ face: FaceBox?) -> MySQLParameters {
        func number(_ value: Int?) -> MySQLValue { .optional(value.map { Int64($0) }) }
        return [
            "face_x": number(face?.x), "face_y": number(face?.y), "face_width": number(face?.width),
            "face_height": number(face?.height),
            "face_confidence": .optional(face.map { "\($0.confidence)" }),
        ]
    }

    /// Sets the customer's reference to this photo, unless it has a newer one.
    private func offer(_ photo: PhotoID, _ externalID: String, _ key: APIKey) async {
        do throws(RedisError) {
            try await NewestPhotoScript(
                photo, of: externalID, key.names, lifetimeSeconds: ReferenceCache.lifetimeSeconds, wasJustStored: true
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

    // MARK: Reading

    /// Lists the photographs of a customer, newest first.
    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let externalID = try context.request.parameter(0)
        let page = try Page<PhotoID>(context.request)
        let name = context.key.tenant + ["external_id": .text(externalID)]
        let rows: [MySQLRow]? = try await mysql.ask { connection throws(MySQLError) in
            if try connection.query(PictureStatements.hasCustomer, name).isEmpty { return nil }
            return try connection.query(PictureStatements.photos, name + page.parameters)
        }
        guard let rows else { throw .notFound("customer") }
        return page.response(rows.map { PictureView(photo: $0) }, id: \.id) { view, json in
            view.write(&json, links, at: context.now)
        }
    }

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let name = try name(context)
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(PictureStatements.photo, name).first
        }
        guard let row else { throw .notFound("photo") }
        return json(PictureView(photo: row), at: context.now)
    }

    /// Deletes a photograph; sessions that wait for it end as failed, and cost nothing.
    func delete(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let (externalID, name) = (try context.request.parameter(0), try name(context))
        guard try await deletion.deletePhoto(of: externalID, name, context.key, at: context.now) else {
            throw .notFound("photo")
        }
        return HTTPResponse(.noContent)
    }

    private func name(_ context: KeyContext) throws(Problem) -> MySQLParameters {
        let id: PhotoID = try context.request.id(1, "photo")
        return context.key.tenant + ["external_id": .text(try context.request.parameter(0)), "id": .id(id)]
    }

    private func json(_ view: PictureView<PhotoID>, at now: Timestamp) -> HTTPResponse {
        .json { json in view.write(&json, links, at: now) }
    }
}
