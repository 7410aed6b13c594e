internal import Domain

/// The parameters of a signed link.
enum FileSchema {
    static let expires = FieldSchema(
        "expires", .integer(0...Int64.max), isRequired: true, "When the link stops working, in seconds since 1970.",
        example: "1795315200")
    static let signature = FieldSchema(
        "signature", .string(64...64), isRequired: true, "The signature of path and time.", example: "\"5d41…\"")
    static let width = FieldSchema(
        "width", .choice(PictureWidth.allCases.map(\.rawValue)),
        "The width in pixels; a picture that is not as wide stays as it is.", example: "320")
    static let query = [expires, signature, width]
}
