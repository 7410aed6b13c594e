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

    /// Decodes a complete picture.
    /// - Throws: `PictureError` if it is truncated or corrupt.
    package static func decode(_ bytes: [UInt8]) throws(PictureError) {
        var message = [CChar](repeating: 0, count: 256)
        if unsafe drape_picture_decode(bytes, bytes.count, &message, message.count) != 0 {
            throw PictureError(message: text(message))
        }
    }

    /// The probable position of a face in a picture that is shown at the given size; nil if none is found.
    package static func face(in person: [UInt8], width: Int, height: Int) -> PictureBox? {
        var box = drape_box()
        guard unsafe drape_picture_face(person, person.count, Int32(width), Int32(height), &box) == 0 else {
            return nil
        }
        return PictureBox(x: box.x, y: box.y, width: box.width, height: box.height)
    }

    /// The person with the garment inside the box, as a JPEG of the given size.
    package static func compose(
        person: [UInt8], garment: [UInt8], width: Int, height: Int, box: PictureBox, isMarked: Bool
    ) throws(PictureError) -> [UInt8] {
        var message = [CChar](repeating: 0, count: 256)
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let inner = drape_box(x: box.x, y: box.y, width: box.width, height: box.height)
        let failed = unsafe drape_picture_compose(
            person, person.count, garment, garment.count, Int32(width), Int32(height), inner, isMarked ? 1 : 0, &output,
            &count, &message, message.count)
        guard failed == 0, let output = unsafe output else { throw PictureError(message: text(message)) }
        defer { unsafe drape_picture_free(output) }
        return unsafe Array(UnsafeBufferPointer(start: output, count: count))
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
