import Platform
import Testing

@Suite("Ranges of bytes")
struct HTTPRangeTests {
    @Test(
        "a range is read, cut to the body, or ignored",
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=90-", .part(90..<100)), ("bytes=-5", .part(95..<100)),
            ("bytes=-500", .part(0..<100)), ("bytes=99-200", .part(99..<100)), ("bytes=100-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=5-4", .whole), ("bytes=0-1,3-4", .whole), ("items=0-1", .whole),
            ("bytes=a-", .whole), ("bytes=-", .whole), ("bytes=--5", .whole), ("bytes=1-2-3", .whole),
            ("bytes=+1-2", .whole),
            ("bytes=99999999999999999999-", .whole), ("bytes=", .whole), ("", .whole),
        ] as [(String?, HTTPRange)])
    func ranges(_ text: String?, _ range: HTTPRange) {
        #expect(HTTPRange(text, of: 100) == range)
        if case .part = HTTPRange(text, of: 0) { Issue.record("a part of nothing") }
    }
}
