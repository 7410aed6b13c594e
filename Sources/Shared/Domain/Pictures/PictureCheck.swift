package import Platform

/// Checks that bytes are a picture that Drape accepts: known format, size within bounds, decodable to the last row.
package enum PictureCheck {
    package static let bytesMax = 10 << 20
    package static let sidePixels = 300...8_000
    package static let pixelsMax = 40_000_000

    package enum Failure: Error, Hashable {
        case notAPicture
        case tooSmall(width: Int, height: Int)
        case tooLarge(width: Int, height: Int)
        case undecodable(String)
    }

    /// Checks a whole file; blocks while the picture is decoded.
    package static func check(_ bytes: [UInt8]) throws(Failure) -> PictureInfo {
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
        do throws(PictureError) {
            try PictureHandle.decode(bytes)
        } catch {
            throw .undecodable(error.message)
        }
        return info
    }
}
