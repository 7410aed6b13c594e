internal import CFaces
internal import Domain

/// The frontal face detector of dlib.
// Invariant: `FaceDetectors` gives it to one thread at a time.
@safe final class FaceDetectorHandle: @unchecked Sendable {
    private let detector: OpaquePointer

    /// Takes about 0.3 s; nil if there is no memory.
    init?() {
        guard let made = unsafe drape_face_detector_make() else { return nil }
        unsafe detector = made
    }

    deinit { unsafe drape_face_detector_free(detector) }

    /// The face of which the detector is surest; nil if there is none.
    func find(inLuma bytes: [UInt8], width: Int, height: Int) -> FaceBox? {
        var face = drape_face()
        guard unsafe drape_face_detector_find(detector, bytes, Int32(width), Int32(height), &face) == 1 else {
            return nil
        }
        return FaceBox(
            x: Int(face.x), y: Int(face.y), width: Int(face.width), height: Int(face.height),
            confidence: face.confidence)
    }
}
