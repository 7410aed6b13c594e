internal import Domain
internal import Platform
internal import Synchronization

/// The face detectors of a process: each is used by one thread at a time, and made when it is first needed.
final class FaceDetectors: Sendable {
    /// Faces are looked for in a copy of this width.
    private static let widthPixels = 480
    private let idle = Mutex<[FaceDetectorHandle]>([])

    /// Finds the face of a photograph; it blocks for some 30 ms.
    func find(in photo: Pixels) -> FaceBox? {
        let width = min(Self.widthPixels, photo.width)
        guard let luma = photo.luma(width: width),
            let detector = idle.withLock({ $0.popLast() }) ?? FaceDetectorHandle()
        else { return nil }
        defer { idle.withLock { $0.append(detector) } }
        guard let seen = detector.find(inLuma: luma.bytes, width: width, height: luma.height) else { return nil }
        let scale = Double(photo.width) / Double(width)
        func pixels(_ value: Int) -> Int { Int((Double(value) * scale).rounded()) }
        return FaceBox(
            x: pixels(seen.x), y: pixels(seen.y), width: pixels(seen.width), height: pixels(seen.height),
            confidence: seen.confidence)
    }
}
