import Platform
import TestKit
import Testing

@Suite("Files of pictures")
struct PictureContainerTests {
    /// A chunk of a PNG.
    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        func big(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
        let body = Array(name.utf8) + data
        return big(data.count) + body + big(Int(Checksum.crc32(body)))
    }

    @Test("a PNG loses its texts, and its picture stays")
    func texts() throws {
        PictureHandle.startLibrary()
        let tee = try TestPictures.sample("tee.png")
        // After the head, which has 25 bytes.
        let text = Self.chunk("zTXt", Array("k\0\0".utf8) + [UInt8](repeating: 7, count: 1_000))
        let long = tee.prefix(33) + text + text + tee.dropFirst(33)
        let short = PictureContainer.withoutTexts(Array(long))
        #expect(short.count <= tee.count)
        let (one, other) = (
            try PictureHandle.load(tee, sidePixelsMax: 4_096, keepsAlpha: true),
            try PictureHandle.load(short, sidePixelsMax: 4_096, keepsAlpha: true)
        )
        for place in [10, 100, 200, 300] { #expect(one.pixel(place, place) == other.pixel(place, place)) }
        let portrait = try TestPictures.sample("portrait.jpg")
        #expect(PictureContainer.withoutTexts(portrait) == portrait)
        for length in [0, 7, 8, 9, 12, 20, 33, 40, 1_000] {
            _ = PictureContainer.withoutTexts(Array(tee.prefix(length)))
        }
    }

    @Test("scans are counted in the picture, not in what comes with it or after it")
    func scans() throws {
        let portrait = try TestPictures.sample("portrait.jpg")
        #expect(PictureContainer.scans(portrait) == 1)
        let scan: [UInt8] = [0xff, 0xda, 0, 2]
        let film = (0..<200).flatMap { _ in scan }
        #expect(PictureContainer.scans(portrait + film) == 1)
        let comment: [UInt8] = [0xff, 0xfe, UInt8((film.count + 2) >> 8), UInt8((film.count + 2) & 0xff)] + film
        #expect(PictureContainer.scans(portrait.prefix(2) + comment + portrait.dropFirst(2)) == 1)
        #expect(PictureContainer.scans(Array(portrait.dropLast(2)) + film + [0xff, 0xd9]) == 201)
        #expect(PictureContainer.scans(try TestPictures.sample("tee.png")) == 0)
        for length in 0..<40 { _ = PictureContainer.scans(Array(portrait.prefix(length))) }
    }
}
