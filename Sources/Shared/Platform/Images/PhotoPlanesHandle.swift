internal import CPictures

/// A photograph in the planes of JPEG: Y, and Cb and Cr at half the width and height.
// Invariant: the planes are not written after `init`.
@safe package final class PhotoPlanes: @unchecked Sendable {
    private let planes: OpaquePointer

    private init?(_ planes: OpaquePointer?) {
        guard let planes = unsafe planes else { return nil }
        unsafe self.planes = unsafe planes
    }

    /// The middle of a picture without alpha, in the shape of a size.
    ///
    /// It is made smaller if it is larger than the size, and never larger; its sizes are even. Nil if there is no memory.
    package convenience init?(of pixels: Pixels, covering size: (width: Int, height: Int)) {
        precondition(!pixels.hasAlpha, "a photograph has no alpha")
        unsafe self.init(
            pixels.withPixels { unsafe drape_planes_cover($0, Int32(size.width), Int32(size.height)) })
    }

    /// A JPEG with half of the colour (4:2:0); nil if it is another one, or broken.
    package convenience init?(jpeg bytes: [UInt8]) {
        unsafe self.init(drape_planes_decode(bytes, bytes.count))
    }

    deinit { unsafe drape_planes_free(planes) }

    package var width: Int { unsafe Int(drape_planes_width(planes)) }
    package var height: Int { unsafe Int(drape_planes_height(planes)) }

    /// A copy of another size, which is even; nil if there is no memory.
    package func scaled(to size: (width: Int, height: Int)) -> PhotoPlanes? {
        precondition(size.width.isMultiple(of: 2) && size.height.isMultiple(of: 2), "an odd size")
        return unsafe PhotoPlanes(drape_planes_scale(planes, Int32(size.width), Int32(size.height)))
    }

    /// A JPEG of the photograph with a garment inside the box; the photograph itself stays as it is.
    /// - Throws: `PictureError` if there is no memory.
    package func wearing(
        _ garment: Pixels, in box: PictureBox, isMarked: Bool, quality: Int
    ) throws(PictureError) -> [UInt8] {
        let inner = drape_box(x: box.x, y: box.y, width: box.width, height: box.height)
        guard let copy = unsafe PhotoPlanes(garment.withPixels { unsafe drape_planes_wear(planes, $0, inner) }) else {
            throw PictureError(message: "no memory")
        }
        if isMarked { unsafe drape_planes_mark(copy.planes) }
        return try copy.jpeg(quality: quality)
    }

    /// A JPEG with the bars of a test picture.
    package func markedJPEG(quality: Int) throws(PictureError) -> [UInt8] {
        guard let copy = scaled(to: (width & ~1, height & ~1)) else { throw PictureError(message: "no memory") }
        unsafe drape_planes_mark(copy.planes)
        return try copy.jpeg(quality: quality)
    }

    /// Encodes the photograph.
    package func jpeg(quality: Int) throws(PictureError) -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard unsafe drape_planes_encode(planes, Int32(quality), &output, &count) == 0, let output = unsafe output
        else { throw PictureError(message: "it cannot be encoded") }
        defer { unsafe drape_jpeg_free(output) }
        return unsafe Array(UnsafeBufferPointer(start: output, count: count))
    }
}
