/// A decoded picture: rows of interleaved 8-bit sRGB without gaps.
// Invariant: the memory is not written after `init`.
@safe package final class Pixels: @unchecked Sendable {
    package let width: Int
    package let height: Int
    /// 3, or 4 with alpha that is not multiplied.
    package let bands: Int
    let start: UnsafeMutablePointer<UInt8>
    private let release: @Sendable (UnsafeMutablePointer<UInt8>) -> Void

    /// Takes over the memory, and frees it with `release`.
    init(
        width: Int, height: Int, bands: Int, start: UnsafeMutablePointer<UInt8>,
        release: @escaping @Sendable (UnsafeMutablePointer<UInt8>) -> Void
    ) {
        self.width = width
        self.height = height
        self.bands = bands
        unsafe self.start = unsafe start
        unsafe self.release = release
    }

    /// Copies rows of interleaved values.
    package convenience init(width: Int, height: Int, bands: Int, copying bytes: [UInt8]) {
        precondition(bytes.count == width * height * bands, "rows of another size")
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        unsafe copy.update(from: bytes, count: bytes.count)
        unsafe self.init(width: width, height: height, bands: bands, start: copy) { unsafe $0.deallocate() }
    }

    deinit { unsafe release(start) }

    package var hasAlpha: Bool { bands == 4 }

    /// The values of one pixel.
    package func pixel(_ x: Int, _ y: Int) -> [UInt8] {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "a pixel out of bounds")
        let offset = (y * width + x) * bands
        return (0..<bands).map { unsafe start[offset + $0] }
    }
}
