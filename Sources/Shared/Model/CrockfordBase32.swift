/// 128 bits in 26 characters that sort as the bits do.
///
/// Source: Douglas Crockford, "Base 32", in lower case; as in ULID, the first character carries three bits.
enum CrockfordBase32 {
    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    static func append(_ value: UInt128, to bytes: inout [UInt8]) {
        for index in 0..<26 {
            let digit = Int(truncatingIfNeeded: value >> UInt128(125 - 5 * index)) & 31
            bytes.append(unsafe alphabet.utf8Start[digit])
        }
    }

    static func decode(_ text: Substring.UTF8View) -> UInt128? {
        guard text.count == 26, let first = text.first, first <= UInt8(ascii: "7") else { return nil }
        var value: UInt128 = 0
        for byte in text {
            guard let digit = digit(byte) else { return nil }
            value = value << 5 | UInt128(digit)
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (0..<32).first { unsafe alphabet.utf8Start[$0] == byte }
    }
}
