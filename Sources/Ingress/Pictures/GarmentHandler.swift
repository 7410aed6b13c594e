internal import Domain
internal import Platform

/// Handles garments.
final class GarmentHandler {
    private let writes: PictureWrite
    private let deletion: PictureDeletion
    private let mysql: MySQLPool
    private let links: SignedLinks
    private var random = SystemRandomSource()

    init(
        writes: PictureWrite, deletion: PictureDeletion, mysql: MySQLPool, links: SignedLinks
    ) {
        self.writes = writes
        self.deletion = deletion
        self.mysql = mysql
        self.links = links
    }

    func add(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let category = try category(context.request)
        let id = GarmentID(at: context.now, random: &random)
        let (key, now) = (context.key, context.now)
        let files = [PictureFormat.jpeg, .png].flatMap { format in
            ObjectPath.files(ofGarment: ObjectPath.garment(key.organizationID, id, format))
        }
        let upload = try await writes.store(.garment, context, files: files) { format in
            ObjectPath.garment(key.organizationID, id, format)
        }
        let stored = upload.stored
        let body = json(PictureView(id, stored, category: category), at: now).body.bytes
        let name = "garments\0\(category?.rawValue ?? "")\0\(stored.picture.sha256)"
        return try await writes.run(
            context, "garments", upload, fingerprint: name
        ) { connection throws(MySQLError) in
            let hasSmall = stored.picture.files.contains { $0.part == .small }
            try connection.update(
                PictureStatements.insertGarment,
                MySQLParameters(id, stored, key, at: now)
                    + ["category": .optional(category?.rawValue), "has_small": .integer(hasSmall ? 1 : 0)])
            return .success(
                IdempotentWrite.Answer(status: .created, location: nil, body: body, subjectID: id.description))
        }
    }

    private func category(_ context: RequestContext) throws(Problem) -> GarmentCategory? {
        let query = try QueryReader(context)
        let category: GarmentCategory? = query.choice(PictureSchema.category)
        try query.faults.check()
        return category
    }

    /// Lists garments, newest first.
    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let page = try Page<GarmentID>(context.request)
        let tenant = context.key.tenant
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(PictureStatements.garments, tenant + page.parameters)
        }
        return page.response(rows.map { PictureView(garment: $0) }, id: \.id) { view, json in
            view.write(&json, links, at: context.now)
        }
    }

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let name = try name(context)
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(PictureStatements.garment, name).first
        }
        guard let row else { throw .notFound("garment") }
        return json(PictureView(garment: row), at: context.now)
    }

    /// Deletes a garment; items that wait for it fail, and cost nothing.
    func delete(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let name = try name(context)
        guard try await deletion.deleteGarment(name, context.key, at: context.now) else { throw .notFound("garment") }
        return HTTPResponse(.noContent)
    }

    private func name(_ context: KeyContext) throws(Problem) -> MySQLParameters {
        let id: GarmentID = try context.request.id(0, "garment")
        return context.key.tenant + ["id": .id(id)]
    }

    private func json(_ view: PictureView<GarmentID>, at now: Timestamp) -> HTTPResponse {
        .json { json in view.write(&json, links, at: now) }
    }
}
