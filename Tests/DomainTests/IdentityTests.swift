import Testing

@testable import Domain
@testable import Platform

@Suite("Identities and times")
struct IdentityTests {
    @Test("an identity's text is read back, and names its kind and its moment")
    func roundTrip() {
        var random = SystemRandomSource()
        let now = Timestamp(unixMs: 1_795_228_800_123)
        let id = SessionID(at: now, random: &random)
        let text = id.description
        #expect(text.utf8.count == 30)
        #expect(text.hasPrefix("cts_"))
        #expect(SessionID(text) == id)
        #expect(id.createdAt == now)
        #expect(ItemID(text) == nil)
        #expect(SessionID(text.uppercased()) == nil)
        #expect(SessionID(text.dropLast()) == nil)
        #expect(SessionID("cts_zzzzzzzzzzzzzzzzzzzzzzzzzz") == nil)
        #expect(id.value >> 76 & 0xf == 7)
        #expect(id.value >> 62 & 0x3 == 2)
    }

    @Test("identities of later moments sort later, as values and as text")
    func sorting() {
        var random = SystemRandomSource()
        let ids = (0..<200).map { SessionID(at: Timestamp(unixMs: 1_700_000_000_000 + $0 * 7), random: &random) }
        #expect(ids.sorted() == ids)
        #expect(ids.map(\.description).sorted() == ids.map(\.description))
    }

    static let moments: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_001, "2000-02-29T00:00:00.001Z"),
        (1_795_229_999_999, "2026-11-21T02:59:59.999Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
    ]

    @Test("times are written and read as RFC 3339", arguments: moments)
    func times(unixMs: Int64, text: String) {
        #expect(Timestamp(unixMs: unixMs).description == text)
        #expect(Timestamp(text)?.unixMs == unixMs)
    }

    @Test("zones and fractions are understood")
    func zones() {
        #expect(Timestamp("2026-11-21T03:00:00+01:00") == Timestamp("2026-11-21T02:00:00Z"))
        #expect(
            Timestamp("2026-11-21T02:00:00.5Z")?.unixMs == Timestamp("2026-11-21T02:00:00Z").map { $0.unixMs + 500 })
        #expect(Timestamp("2026-11-21 02:00:00.000") == Timestamp("2026-11-21T02:00:00Z"))
    }

    @Test(
        "what is no time is not read as one",
        arguments: [
            "", "yesterday", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
            "2026-11-21T02:00:00.Z", "2026-11-21T02:00:00+1", "2026-11-21T02:00:00ZZ",
        ])
    func badTimes(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
