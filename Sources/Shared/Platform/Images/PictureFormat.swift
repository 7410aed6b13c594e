/// A picture format that Drape accepts.
package enum PictureFormat: String, Hashable, Sendable {
    case jpeg, png, webp

    package var mediaType: String { "image/\(rawValue)" }
    package var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}
