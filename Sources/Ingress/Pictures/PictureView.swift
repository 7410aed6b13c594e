internal import Domain
internal import Platform

/// A stored photograph or garment, as the API shows it.
struct PictureView<ID: Identity>: Sendable {
    let id: ID
    let path: String
    let width: Int
    let height: Int
    let bytes: Int
    let sha256: String
    let createdAt: Timestamp
    var face: FaceBox?
    var category: GarmentCategory?

    init(_ id: ID, _ stored: PictureUpload.Stored, category: GarmentCategory? = nil) {
        self.id = id
        path = stored.path
        width = stored.picture.info.width
        height = stored.picture.info.height
        bytes = stored.bytes
        sha256 = stored.picture.sha256
        createdAt = id.createdAt
        face = stored.picture.face
        self.category = category
    }

    private init(_ row: MySQLRow, face: FaceBox?, category: GarmentCategory?) {
        id = row.id("id")
        path = row.text("object_path")
        width = Int(row.integer("width"))
        height = Int(row.integer("height"))
        bytes = Int(row.integer("bytes"))
        sha256 = row.text("sha256")
        createdAt = id.createdAt
        self.face = face
        self.category = category
    }

    fileprivate func writeCommon(_ json: inout JSONWriter, _ links: SignedLinks, at now: Timestamp) {
        json.field("id", id)
        json.field("url", links.address(of: path, at: now))
        json.field("width", width)
        json.field("height", height)
        json.field("bytes", bytes)
        json.field("sha256", sha256)
        json.field("createdAt", createdAt)
    }
}

extension PictureView<PhotoID> {
    init(photo row: MySQLRow) { self.init(row, face: FaceBox(row), category: nil) }

    /// Writes the view, with a link that is valid from now on.
    func write(_ json: inout JSONWriter, _ links: SignedLinks, at now: Timestamp) {
        writeCommon(&json, links, at: now)
        json.key("face")
        guard let face else { return json.null() }
        json.object { json in
            json.field("x", face.x)
            json.field("y", face.y)
            json.field("width", face.width)
            json.field("height", face.height)
        }
    }
}

extension PictureView<GarmentID> {
    init(garment row: MySQLRow) {
        self.init(
            row, face: nil, category: row.optionalText("category").flatMap { GarmentCategory(rawValue: $0) })
    }

    /// Writes the view, with a link that is valid from now on.
    func write(_ json: inout JSONWriter, _ links: SignedLinks, at now: Timestamp) {
        writeCommon(&json, links, at: now)
        json.field("category", category?.rawValue)
    }
}
