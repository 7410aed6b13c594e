internal import Domain
internal import Platform
internal import Synchronization

/// The face detectors of a process: each is used by one thread at a time, and made when it is first needed.
final class FaceDetectors: Sendable {
    /// The detector sees faces of at least 80 pixels: a sixth of a copy of this width.
    private static let widthPixels = 480
    /// Where none is found, the person may be shown whole, and the face is smaller.
    private static let secondWidthPixels = 960
    /// The most pixels of a copy; a tall picture is looked at in a narrower one.
    private static let copyPixelsMax = 1_500_000.0
    private let idle = Mutex<[FaceDetectorHandle]>([])

    /// Finds the face of a photograph; it blocks for some 30 ms, and for some 150 ms if the first look finds none.
    func find(in photo: Pixels) -> FaceBox? {
        guard let detector = idle.withLock({ $0.popLast() }) ?? FaceDetectorHandle() else { return nil }
        defer { idle.withLock { $0.append(detector) } }
        let first = Self.width(min(Self.widthPixels, photo.width), of: photo)
        if let face = find(in: photo, width: first, detector) { return face }
        let second = Self.width(min(Self.secondWidthPixels, 2 * photo.width), of: photo)
        return second > first ? find(in: photo, width: second, detector) : nil
    }

    private static func width(_ wanted: Int, of photo: Pixels) -> Int {
        let most = (copyPixelsMax * Double(photo.width) / Double(photo.height)).squareRoot()
        return min(wanted, Int(most))
    }

    private func find(in photo: Pixels, width: Int, _ detector: FaceDetectorHandle) -> FaceBox? {
        guard let luma = photo.luma(width: width),
            let seen = detector.find(inLuma: luma.bytes, width: width, height: luma.height)
        else { return nil }
        let scale = Double(photo.width) / Double(width)
        func pixels(_ value: Int) -> Int { Int((Double(value) * scale).rounded()) }
        return FaceBox(
            x: pixels(seen.x), y: pixels(seen.y), width: pixels(seen.width), height: pixels(seen.height),
            confidence: seen.confidence)
    }
}
