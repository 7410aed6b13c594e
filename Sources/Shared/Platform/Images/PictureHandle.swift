internal import CVips

/// The calls of libvips; all of them block, so run them on a thread pool.
package enum PictureHandle {
    /// Starts the library; call it once, before any thread is created.
    package static func startLibrary() {
        precondition(drape_vips_start() == 0, "libvips does not start")
    }

    /// The format and size of a picture, from its content; nil if it is not a picture of a known format.
    package static func probe(_ bytes: [UInt8]) -> PictureInfo? {
        var info = drape_picture_info()
        guard unsafe drape_picture_probe(bytes, bytes.count, &info) == 0 else { return nil }
        let format: PictureFormat
        switch Int(info.format) {
        case drape_picture_jpeg: format = .jpeg
        case drape_picture_png: format = .png
        default: format = .webp
        }
        return PictureInfo(format: format, width: Int(info.width), height: Int(info.height))
    }

    /// Decodes a complete picture: upright, in sRGB, at most `sidePixelsMax` a side.
    ///
    /// A picture without a profile is taken for sRGB. Without `keepsAlpha` a transparent picture stands on white.
    /// - Throws: `PictureError` if it is truncated or corrupt.
    package static func load(
        _ bytes: [UInt8], sidePixelsMax: Int, keepsAlpha: Bool
    ) throws(PictureError) -> Pixels {
        var message = [CChar](repeating: 0, count: 256)
        var loaded = unsafe drape_loaded()
        let failed = unsafe drape_picture_load(
            bytes, bytes.count, Int32(sidePixelsMax), keepsAlpha ? 1 : 0, &loaded, &message, message.count)
        guard failed == 0, let start = unsafe loaded.pixels else { throw PictureError(message: text(message)) }
        return unsafe Pixels(
            width: Int(loaded.width), height: Int(loaded.height), bands: Int(loaded.bands), start: start
        ) { unsafe drape_picture_free($0) }
    }

    /// Encodes pixels without metadata: as JPEG, or as PNG if they have alpha.
    package static func encode(_ pixels: Pixels) throws(PictureError) -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let failed = unsafe drape_picture_save(
            pixels.start, Int32(pixels.width), Int32(pixels.height), Int32(pixels.bands), &output, &count)
        guard failed == 0, let output = unsafe output else { throw PictureError(message: "it cannot be encoded") }
        defer { unsafe drape_picture_free(output) }
        return unsafe Array(UnsafeBufferPointer(start: output, count: count))
    }

    /// A stored picture, at most `width` pixels wide, in its format.
    /// - Throws: `PictureError` if it is truncated or corrupt.
    package static func thumbnail(_ bytes: [UInt8], width: Int) throws(PictureError) -> [UInt8] {
        var message = [CChar](repeating: 0, count: 256)
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let failed = unsafe drape_picture_thumbnail(
            bytes, bytes.count, Int32(width), &output, &count, &message, message.count)
        guard failed == 0, let output = unsafe output else { throw PictureError(message: text(message)) }
        defer { unsafe drape_picture_free(output) }
        return unsafe Array(UnsafeBufferPointer(start: output, count: count))
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
