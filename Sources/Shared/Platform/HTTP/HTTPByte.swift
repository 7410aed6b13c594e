/// The character classes of HTTP's grammar.
///
/// Source: RFC 9110, section 5.6.2 (token) and 5.5 (field values); RFC 3986, section 2 (targets).
enum HTTPByte {
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let colon = UInt8(ascii: ":")

    // One bit per character, for 0 to 63 and for 64 to 127: `!#$%&'*+-.0-9` and `A-Z^_`a-z|~`.
    private static let tokenLow: UInt64 = 0x03ff_6cfa_0000_0000
    private static let tokenHigh: UInt64 = 0x57ff_ffff_c7ff_fffe

    // The same for `!$%&'()*+,-./0-9:;=?` and `@A-Z[]_a-z~`.
    private static let targetLow: UInt64 = 0xafff_fff2_0000_0000
    private static let targetHigh: UInt64 = 0x47ff_fffe_afff_ffff

    // Unreserved characters and sub-delimiters except the comma: `!$&'()*+-.0-9;=` and `A-Z_a-z~`.
    private static let hostLow: UInt64 = 0x2bff_6fd2_0000_0000
    private static let hostHigh: UInt64 = 0x47ff_fffe_87ff_fffe

    static func isToken(_ byte: UInt8) -> Bool {
        isIn(tokenLow, tokenHigh, byte)
    }

    static func isHost(_ byte: UInt8) -> Bool { isIn(hostLow, hostHigh, byte) }

    private static func isIn(_ low: UInt64, _ high: UInt64, _ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    /// Visible characters, space, tab, and the obsolete range above ASCII; no other control character.
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == tab
    }

    /// The characters of a request target: visible ASCII except those that a URI must escape.
    static func isTarget(_ byte: UInt8) -> Bool {
        isIn(targetLow, targetHigh, byte)
    }
}
