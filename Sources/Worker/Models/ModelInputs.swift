internal import Platform

/// The pictures that a model is sent, as data URIs.
struct ModelInputs: Sendable {
    let person: String
    let garment: String

    /// A picture as a data URI; nil if it is not a picture of a known format.
    ///
    /// Source: RFC 2397.
    static func uri(_ picture: [UInt8]) -> String? {
        PictureHandle.probe(picture).map { "data:\($0.format.mediaType);base64,\(Base64.encode(picture))" }
    }

    /// The bytes of a data URI; nil if it is not one in base 64.
    static func bytes(ofURI text: String) -> [UInt8]? {
        guard text.hasPrefix("data:"), let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64") else {
            return nil
        }
        return Base64.decode(String(text[text.index(after: comma)...]))
    }
}
