package import Platform

/// Checks that bytes are a picture that Drape accepts, and decodes it: known format, size within bounds, whole.
package enum PictureCheck {
    package static let bytesMax = 10 << 20
    package static let sidePixels = 300...8_000
    package static let pixelsMax = 40_000_000
    /// The largest side of a picture that is stored.
    package static let storedSidePixelsMax = 4_096

    package enum Failure: Error, Hashable {
        case notAPicture
        case tooSmall(width: Int, height: Int)
        case tooLarge(width: Int, height: Int)
        case undecodable(String)
    }

    /// Decodes a photograph; one with alpha stands on white; blocks.
    package static func photo(_ bytes: [UInt8]) throws(Failure) -> Pixels { try load(bytes, keepsAlpha: false) }

    /// Decodes a garment, and cuts it out if its background is plain; blocks.
    /// - Returns: 4 bands, or 3 if there is no alpha and no clean cut.
    package static func garment(_ bytes: [UInt8]) throws(Failure) -> Pixels {
        let pixels = try load(bytes, keepsAlpha: true)
        return pixels.cutOut() ?? pixels
    }

    /// Decodes a picture that was stored: the bounds of uploads do not hold for it; blocks.
    package static func stored(_ bytes: [UInt8], keepsAlpha: Bool) throws(PictureError) -> Pixels {
        try PictureHandle.load(bytes, sidePixelsMax: storedSidePixelsMax, keepsAlpha: keepsAlpha)
    }

    /// A progressive JPEG can have thousands of scans, each of which is decoded over the whole picture.
    private static let scansMax = 64

    private static func load(_ sent: [UInt8], keepsAlpha: Bool) throws(Failure) -> Pixels {
        let bytes = PictureContainer.withoutTexts(sent)
        guard let info = PictureHandle.probe(bytes) else { throw .notAPicture }
        // Checked before decoding: a small file may declare a very large picture.
        if info.width > sidePixels.upperBound || info.height > sidePixels.upperBound
            || info.width * info.height > pixelsMax
        {
            throw .tooLarge(width: info.width, height: info.height)
        }
        if info.width < sidePixels.lowerBound || info.height < sidePixels.lowerBound {
            throw .tooSmall(width: info.width, height: info.height)
        }
        if PictureContainer.scans(bytes) > scansMax { throw .undecodable("it has too many scans") }
        do throws(PictureError) {
            return try PictureHandle.load(bytes, sidePixelsMax: storedSidePixelsMax, keepsAlpha: keepsAlpha)
        } catch {
            throw .undecodable(error.message)
        }
    }
}
