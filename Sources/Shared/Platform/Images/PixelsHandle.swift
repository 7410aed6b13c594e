internal import CPictures

extension Pixels {
    /// The picture with the background made transparent; nil if the background is not plain, or the cut not clean.
    package func cutOut() -> Pixels? {
        guard !hasAlpha else { return nil }
        var made = unsafe drape_pixels()
        let isCut = unsafe withPixels { unsafe drape_pixels_cut_out($0, &made) } == 1
        guard isCut, let start = unsafe made.pixels else { return nil }
        return unsafe Pixels(width: Int(made.width), height: Int(made.height), bands: 4, start: start) {
            unsafe drape_pixels_free($0)
        }
    }

    /// The brightness of the picture, scaled to a width; nil if there is no memory.
    package func luma(width: Int) -> (bytes: [UInt8], height: Int)? {
        var (height, output) = unsafe (Int32(0), UnsafeMutablePointer<UInt8>?.none)
        let failed = unsafe withPixels { unsafe drape_pixels_luma($0, Int32(width), &height, &output) }
        guard failed == 0, let output = unsafe output else { return nil }
        defer { unsafe drape_pixels_free(output) }
        return unsafe (Array(UnsafeBufferPointer(start: output, count: width * Int(height))), Int(height))
    }

    /// Calls `body` with the C description of the pixels.
    func withPixels<Value>(_ body: (UnsafePointer<drape_pixels>) -> Value) -> Value {
        let pixels = unsafe drape_pixels(
            width: Int32(width), height: Int32(height), bands: Int32(bands), pixels: start)
        return unsafe withUnsafePointer(to: pixels) { unsafe body($0) }
    }
}
