internal import Domain

/// The fields of stored pictures.
enum PictureSchema {
    static let category = FieldSchema(
        "category", .choice(GarmentCategory.allCases.map(\.rawValue)),
        "On which part of the body the garment is worn.", example: "\"top\"")

    private static let fields = [
        FieldSchema.text("url", "A signed link to the picture, valid for 24 hours.", example: "\"https://…\""),
        .count("width", "Pixels of the stored picture: upright, at most 4,096.", example: "1200"),
        .count("height", "Pixels of the stored picture: upright, at most 4,096.", example: "1600"),
        .count("bytes", "The length of the stored file.", example: "183201"),
        .text("sha256", "SHA-256 of what was sent, in hexadecimal digits.", example: "\"9f86…\""),
        .time("createdAt", "When it was uploaded."),
    ]
    private static let face = ObjectSchema(
        "Face",
        [
            .count("x", "Pixels from the left.", example: "412"), .count("y", "Pixels from the top.", example: "230"),
            .count("width", "Pixels.", example: "370"), .count("height", "Pixels.", example: "370"),
        ])
    static let photo = ObjectSchema(
        "Photo",
        [.id("id", PhotoID.self, "The photo's id.")] + fields + [
            FieldSchema(
                "face", .object(face), isNullable: true,
                "The face, from the brows to the chin; null if none was found.",
                example: #"{"x":412,"y":230,"width":370,"height":370}"#)
        ])
    static let garment = ObjectSchema(
        "Garment",
        [
            .id("id", GarmentID.self, "The garment's id."),
            FieldSchema(
                "category", category.type, isNullable: true, "On which part of the body the garment is worn.",
                example: "\"top\""),
        ] + fields)
}
