import Platform
import Testing

/// Colours, alpha and edges of pictures on their way from file to file.
@Suite("Colours of pictures")
struct PictureColorTests {
    init() { PictureHandle.startLibrary() }

    /// A picture of one colour.
    private static func plain(_ color: [UInt8], _ width: Int, _ height: Int) -> Pixels {
        Pixels(
            width: width, height: height, bands: color.count,
            copying: (0..<width * height).flatMap { _ in color })
    }

    private static func isNear(_ one: [UInt8], _ other: [UInt8], by most: Int) -> Bool {
        zip(one, other).allSatisfy { abs(Int($0) - Int($1)) <= most }
    }

    /// The result of a garment in the middle of a grey photograph.
    private static func worn(_ garment: Pixels, isMarked: Bool = false) throws -> Pixels {
        let photo = try #require(PhotoPlanes(of: plain([200, 180, 160], 400, 600), covering: (288, 432)))
        let jpeg = try photo.wearing(
            garment, in: PictureBox(x: 0.25, y: 0.25, width: 0.5, height: 0.5), isMarked: isMarked, quality: 92)
        return try PictureHandle.load(jpeg, sidePixelsMax: 4_096, keepsAlpha: false)
    }

    @Test(
        "a picture without a profile keeps its colours",
        arguments: [[28, 94, 150], [255, 0, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [250, 240, 10]] as [[UInt8]])
    func colors(_ color: [UInt8]) throws {
        let png = try PictureHandle.encode(Self.plain(color + [255], 320, 320))
        let loaded = try PictureHandle.load(png, sidePixelsMax: 4_096, keepsAlpha: true)
        #expect(loaded.pixel(160, 160) == color + [255])
        let result = try Self.worn(loaded)
        #expect((result.width, result.height) == (288, 432))
        #expect(Self.isNear(result.pixel(144, 216), color, by: 3), "\(result.pixel(144, 216))")
        #expect(Self.isNear(result.pixel(10, 10), [200, 180, 160], by: 2))
        #expect(Self.isNear(result.pixel(277, 421), [200, 180, 160], by: 2))
    }

    @Test("alpha mixes the garment with the photograph, and what is transparent does not colour the edge")
    func alpha() throws {
        let half = try Self.worn(Self.plain([28, 94, 150, 128], 300, 300))
        #expect(Self.isNear(half.pixel(144, 216), [114, 137, 155], by: 3), "\(half.pixel(144, 216))")
        // Green that is transparent around a blue square.
        var bytes: [UInt8] = []
        for y in 0..<300 {
            for x in 0..<300 {
                let isInside = (75..<225).contains(x) && (75..<225).contains(y)
                bytes += isInside ? [28, 94, 150, 255] : [0, 255, 0, 0]
            }
        }
        let result = try Self.worn(Pixels(width: 300, height: 300, bands: 4, copying: bytes))
        let greens = (0..<288).map { result.pixel($0, 216)[1] }
        #expect(greens.allSatisfy { $0 < 190 }, "\(greens)")
    }

    @Test("a garment that reaches beyond the photograph is cut, and the same input gives the same bytes")
    func edges() throws {
        let photo = try #require(PhotoPlanes(of: Self.plain([200, 180, 160], 301, 451), covering: (287, 431)))
        let garment = Self.plain([28, 94, 150, 255], 301, 299)
        for box in [
            PictureBox(x: -0.3, y: -0.2, width: 0.7, height: 0.7), PictureBox(x: 0.8, y: 0.9, width: 0.5, height: 0.5),
            PictureBox(x: 1.5, y: 2, width: 0.5, height: 0.5), PictureBox(x: -2, y: -2, width: 5, height: 5),
            PictureBox(x: 0.5, y: 0.5, width: 0, height: 0),
        ] {
            let first = try photo.wearing(garment, in: box, isMarked: true, quality: 88)
            #expect(try photo.wearing(garment, in: box, isMarked: true, quality: 88) == first)
        }
    }

    @Test("a photograph is cut to the shape of the result, made smaller, and never larger")
    func cover() throws {
        let wide = try #require(PhotoPlanes(of: Self.plain([9, 9, 9], 2_000, 1_000), covering: (400, 600)))
        #expect((wide.width, wide.height) == (400, 600))
        let small = try #require(PhotoPlanes(of: Self.plain([9, 9, 9], 300, 300), covering: (400, 600)))
        #expect((small.width, small.height) == (200, 300))
        #expect(PhotoPlanes(jpeg: Array("no picture".utf8)) == nil)
        let jpeg = try wide.jpeg(quality: 90)
        #expect(PhotoPlanes(jpeg: Array(jpeg.prefix(jpeg.count / 2))) == nil)
    }

    @Test("a garment before a plain background is cut out; before another one it is left as it is")
    func cutOut() throws {
        func disc(_ background: (Int, Int) -> [UInt8]) -> Pixels {
            var bytes: [UInt8] = []
            for y in 0..<200 {
                for x in 0..<200 {
                    let (dx, dy) = (x - 100, y - 100)
                    // A white spot in the disc is not reached from the border.
                    let isSpot = dx * dx + dy * dy < 100
                    bytes += dx * dx + dy * dy < 3_600 ? (isSpot ? [255, 255, 255] : [28, 94, 150]) : background(x, y)
                }
            }
            return Pixels(width: 200, height: 200, bands: 3, copying: bytes)
        }
        let cut = try #require(disc { _, _ in [250, 250, 248] }.cutOut())
        #expect(cut.pixel(2, 2)[3] == 0)
        #expect(cut.pixel(100, 60) == [28, 94, 150, 255])
        #expect(cut.pixel(100, 100) == [255, 255, 255, 255])
        #expect(disc { x, _ in [UInt8(x), 250, 248] }.cutOut() == nil)
        // A white shirt before white, whose print alone has another colour.
        var shirt: [UInt8] = []
        for y in 0..<200 {
            for x in 0..<200 {
                let (isShirt, dx, dy) = ((40..<160).contains(x) && (30..<180).contains(y), x - 100, y - 100)
                shirt += dx * dx + dy * dy < 900 ? [200, 20, 20] : isShirt ? [242, 242, 240] : [255, 255, 255]
            }
        }
        #expect(Pixels(width: 200, height: 200, bands: 3, copying: shirt).cutOut() == nil)
        // Nothing but background, and a garment of the background's colour.
        #expect(Self.plain([250, 250, 248], 200, 200).cutOut() == nil)
        #expect(disc { _, _ in [30, 90, 150] }.cutOut() == nil)
        #expect(Self.plain([1, 2, 3, 4], 200, 200).cutOut() == nil)
    }

    @Test("a large garment is made smaller without a fringe of what is transparent")
    func smaller() throws {
        var bytes: [UInt8] = []
        for _ in 0..<300 {
            for x in 0..<300 { bytes += x < 151 ? [28, 94, 150, 255] : [0, 255, 0, 0] }
        }
        let png = try PictureHandle.encode(Pixels(width: 300, height: 300, bands: 4, copying: bytes))
        let small = try PictureHandle.load(png, sidePixelsMax: 100, keepsAlpha: true)
        for x in 0..<100 where small.pixel(x, 50)[3] > 25 {
            #expect(Self.isNear(small.pixel(x, 50), [28, 94, 150], by: 12), "\(x): \(small.pixel(x, 50))")
        }
    }
}
