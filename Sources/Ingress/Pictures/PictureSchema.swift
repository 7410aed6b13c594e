internal import Domain

/// The fields of stored pictures.
enum PictureSchema {
    static let category = FieldSchema(
        "category", .choice(GarmentCategory.allCases.map(\.rawValue)),
        "On which part of the body the garment is worn.", example: "\"top\"")

    private static let fields = [
        FieldSchema.text("url", "A signed link to the picture.", example: "\"https://…\""),
        .count("width", "Pixels, upright by EXIF.", example: "1200"),
        .count("height", "Pixels, upright by EXIF.", example: "1600"),
        .count("bytes", "The length of the file.", example: "183201"),
        .text("sha256", "SHA-256 of what was sent, in hexadecimal digits.", example: "\"9f86…\""),
    ]
    static let photo = ObjectSchema("Photo", [.id("id", PhotoID.self, "The photo's id.")] + fields)
    static let garment = ObjectSchema(
        "Garment", [.id("id", GarmentID.self, "The garment's id."), category] + fields)
}
