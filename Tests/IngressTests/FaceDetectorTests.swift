import Platform
import TestKit
import Testing

@testable import Ingress

/// Faces in photographs.
@Suite("Faces")
struct FaceDetectorTests {
    private static func load(_ name: String) throws -> Pixels {
        PictureHandle.startLibrary()
        return try PictureHandle.load(try TestPictures.sample(name), sidePixelsMax: 1_024, keepsAlpha: false)
    }

    /// A grey picture that shows the person of the sample at half its width, so that the face is small.
    private static func small() throws -> Pixels {
        let person = try load("person.png")
        let side = 2 * person.width
        var bytes = [UInt8](repeating: 128, count: side * side * 3)
        for y in 0..<person.height {
            for x in 0..<person.width {
                let offset = ((y + 100) * side + x + 200) * 3
                for (band, value) in person.pixel(x, y).prefix(3).enumerated() { bytes[offset + band] = value }
            }
        }
        return Pixels(width: side, height: side, bands: 3, copying: bytes)
    }

    @Test("the face of a person who is shown whole is found, where it is")
    func whole() throws {
        let faces = FaceDetectors()
        let near = try Self.load("person.png")
        let close = try #require(faces.find(in: near))
        let far = try #require(faces.find(in: try Self.small()))
        #expect(abs(far.x - close.x - 200) < 12 && abs(far.y - close.y - 100) < 12)
        #expect(abs(far.width - close.width) < 20)
    }

    @Test("very tall and wide pictures are looked at, too", arguments: [(300, 4_096), (4_096, 300), (480, 4_096)])
    func extreme(width: Int, height: Int) {
        let grey = [UInt8](repeating: 128, count: width * height * 3)
        #expect(FaceDetectors().find(in: Pixels(width: width, height: height, bands: 3, copying: grey)) == nil)
    }

    @Test("a picture without a person has no face")
    func none() throws {
        let tee = try Self.load("tee.png")
        #expect(FaceDetectors().find(in: tee) == nil)
    }
}
