internal import Domain
internal import Platform

/// The stored pictures that a result is made of.
struct ItemPictures: Sendable {
    struct Photo: Sendable {
        let path: String
        let hasRenditions: Bool
        let width: Int
        let height: Int
        let face: FaceBox?

        /// The face in the part of the photograph that results of a size show.
        func face(inResultOf size: (width: Int, height: Int)) -> PictureBox? {
            guard let face, width > 0, height > 0 else { return nil }
            let ratio = min(Double(width) / Double(size.width), Double(height) / Double(size.height))
            let (wide, high) = (Double(size.width) * ratio, Double(size.height) * ratio)
            return PictureBox(
                x: (Double(face.x) - (Double(width) - wide) / 2) / wide,
                y: (Double(face.y) - (Double(height) - high) / 2) / high, width: Double(face.width) / wide,
                height: Double(face.height) / high)
        }
    }

    struct Garment: Sendable {
        let path: String
        let hasSmall: Bool

        /// The smallest file that is large enough for a quality.
        func path(for quality: Quality) -> String {
            hasSmall && quality.size.width <= ObjectPath.smallSidePixels ? ObjectPath.small(path) : path
        }
    }

    let photo: Photo
    /// Nil if the garment is fetched.
    let garment: Garment?

    /// Reads the rows of an item's pictures.
    static func read(
        _ work: ItemWork, of session: ClaimedTryOn, _ connection: MySQLConnection
    ) throws(MySQLError) -> Result<ItemPictures, ItemFailure> {
        guard let row = try connection.query(CompositorStatements.photo, [.id(session.photoID)]).first else {
            return .failure(ItemFailure(code: "photo_unavailable", message: "the photo is gone"))
        }
        let photo = Photo(
            path: row.text("object_path"), hasRenditions: row.boolean("has_renditions"),
            width: Int(row.integer("width")), height: Int(row.integer("height")), face: FaceBox(row))
        guard let id = work.garmentID else { return .success(ItemPictures(photo: photo, garment: nil)) }
        guard let row = try connection.query(CompositorStatements.garment, [.id(id)]).first else {
            return .failure(ItemFailure(code: "garment_unavailable", message: "the garment is gone"))
        }
        let garment = Garment(path: row.text("object_path"), hasSmall: row.boolean("has_small"))
        return .success(ItemPictures(photo: photo, garment: garment))
    }
}
