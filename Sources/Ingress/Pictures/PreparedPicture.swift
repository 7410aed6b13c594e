internal import Domain
internal import Platform

/// An uploaded picture as it is stored: upright, sRGB, without metadata, at most 4,096 pixels a side.
struct PreparedPicture: Sendable {
    /// What a file of the picture is.
    enum Part: Hashable {
        case whole
        case rendition(Quality)
        case small

        /// The path of the file, from that of the whole picture.
        func path(_ whole: String) -> String {
            switch self {
            case .whole: whole
            case .rendition(let quality): ObjectPath.rendition(of: whole, quality)
            case .small: ObjectPath.small(whole)
            }
        }
    }

    /// The quality of JPEG files from which results are made.
    private static let renditionQuality = 92
    let info: PictureInfo
    /// The whole picture first.
    let files: [(part: Part, bytes: [UInt8])]
    /// SHA-256 of what was sent, in hexadecimal digits.
    let sha256: String
    let face: FaceBox?

    /// Prepares a photograph; it blocks.
    static func photo(_ bytes: [UInt8], _ faces: FaceDetectors) throws(PictureCheck.Failure) -> PreparedPicture {
        let pixels = try PictureCheck.photo(bytes)
        var files = [
            (part: Part.whole, bytes: try encoded { () throws(PictureError) in try PictureHandle.encode(pixels) })
        ]
        for quality in Quality.allCases {
            let made = try encoded { () throws(PictureError) -> [UInt8] in
                guard let planes = PhotoPlanes(of: pixels, covering: quality.size) else {
                    throw PictureError(message: "no memory")
                }
                return try planes.jpeg(quality: renditionQuality)
            }
            files.append((.rendition(quality), made))
        }
        return PreparedPicture(
            info: PictureInfo(format: .jpeg, width: pixels.width, height: pixels.height), files: files,
            sha256: Digest.sha256(bytes).hexText, face: faces.find(in: pixels))
    }

    /// Prepares a garment; it blocks.
    static func garment(_ bytes: [UInt8]) throws(PictureCheck.Failure) -> PreparedPicture {
        let pixels = try PictureCheck.garment(bytes)
        let whole = try encoded { () throws(PictureError) in try PictureHandle.encode(pixels) }
        var files = [(part: Part.whole, bytes: whole)]
        if max(pixels.width, pixels.height) > ObjectPath.smallSidePixels {
            let small = try encoded { () throws(PictureError) in
                try PictureHandle.encode(
                    PictureHandle.load(whole, sidePixelsMax: ObjectPath.smallSidePixels, keepsAlpha: true))
            }
            files.append((.small, small))
        }
        let format = pixels.hasAlpha ? PictureFormat.png : .jpeg
        return PreparedPicture(
            info: PictureInfo(format: format, width: pixels.width, height: pixels.height), files: files,
            sha256: Digest.sha256(bytes).hexText, face: nil)
    }

    private static func encoded(
        _ work: () throws(PictureError) -> [UInt8]
    ) throws(PictureCheck.Failure) -> [UInt8] {
        do throws(PictureError) { return try work() } catch { throw .undecodable(error.message) }
    }
}
