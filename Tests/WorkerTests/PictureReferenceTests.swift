import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// What pictures of the compositor look like, compared with references that were looked at.
@Suite("References of pictures")
struct PictureReferenceTests {
    /// Differences of neighbours in a copy of 9 × 8 brightnesses: 64 bits, of which few change if the picture looks the same.
    ///
    /// Source: N. Krawetz, "Kind of Like That", dHash.
    private static func hash(_ jpeg: [UInt8]) throws -> UInt64 {
        let pixels = try PictureHandle.load(jpeg, sidePixelsMax: 4_096, keepsAlpha: false)
        // The copy keeps the shape; eight of its rows are taken.
        let luma = try #require(pixels.luma(width: 9))
        var bits: UInt64 = 0
        for row in 0..<8 {
            let start = row * (luma.height - 1) / 7 * 9
            for x in 0..<8 { bits = bits << 1 | (luma.bytes[start + x] < luma.bytes[start + x + 1] ? 1 : 0) }
        }
        return bits
    }

    private static func picture(_ photo: String, _ face: FaceBox, _ garment: String, _ category: GarmentCategory) throws
        -> [UInt8]
    {
        let pixels = try PictureCheck.photo(try TestPictures.sample(photo))
        let size = Quality.sd.size
        let planes = try #require(PhotoPlanes(of: pixels, covering: size)?.scaled(to: size))
        let seen = ItemPictures.Photo(
            path: "", hasRenditions: true, width: pixels.width, height: pixels.height, face: face)
        return try planes.wearing(
            try PictureCheck.garment(try TestPictures.sample(garment)),
            in: BodyRegion.box(for: category, face: seen.face(inResultOf: size)), isMarked: false, quality: 88)
    }

    @Test(
        "each category looks as it did when it was looked at",
        arguments: [
            (GarmentCategory.top, "tee.png", 0x9eacae1e6251f251, 0xa071f3d0cbaa51c0),
            (.outerwear, "jacket.png", 0x9eacae2c262ba471, 0xa071f3d0cbd49290),
            (.dress, "dress.png", 0x9eacae0c34099251, 0xa071f3d0cbaa94c4),
            (.bottom, "trousers.png", 0x9eacae0c1c519241, 0xa071f3d0cb289674),
            (.headwear, "hat.png", 0x9e9cae0c1c519251, 0xac6cd3d0cb289674),
            (.eyewear, "glasses.png", 0x9eac8e0c1c519251, 0xa071f3d4cb289674),
            (.shoes, "shoes.png", 0x9eacae0c1c519251, 0xa071f3d0cb289632),
            (.accessory, "tie.png", 0x9eacae2c2c519251, 0xa071f3d0cb289670),
        ] as [(GarmentCategory, String, UInt64, UInt64)])
    func references(_ category: GarmentCategory, _ garment: String, _ person: UInt64, _ portrait: UInt64) throws {
        PictureHandle.startLibrary()
        let faces = [
            FaceBox(x: 181, y: 79, width: 93, height: 93, confidence: 1),
            FaceBox(x: 164, y: 143, width: 192, height: 192, confidence: 1),
        ]
        for (name, face, reference) in [("person.png", faces[0], person), ("portrait.jpg", faces[1], portrait)] {
            let found = try Self.hash(try Self.picture(name, face, garment, category))
            let distance = (found ^ reference).nonzeroBitCount
            #expect(distance <= 1, "\(name): 0x\(String(found, radix: 16)), \(distance) bits from the reference")
        }
    }
}
