/// Encodes 128 bits as 26 characters whose sort order is that of the bits.
///
/// Source: Douglas Crockford, "Base 32", in lower case; as in ULID, the first character carries three bits.
enum CrockfordBase32 {
    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    /// Characters of an encoded value.
    static let length = 26

    /// Writes `length` characters.
    static func write(_ value: UInt128, to place: UnsafeMutablePointer<UInt8>) {
        // 13 characters from the high 63 bits, one that spans both words, and 12 from the low 60 bits.
        let high = UInt64(truncatingIfNeeded: value >> 65)
        let middle = UInt64(truncatingIfNeeded: value >> 60) & 31
        let low = UInt64(truncatingIfNeeded: value)
        let digits = unsafe alphabet.utf8Start
        for index in 0..<13 {
            unsafe place[index] = digits[Int(truncatingIfNeeded: high &>> UInt64(60 &- 5 &* index) & 31)]
        }
        unsafe place[13] = digits[Int(truncatingIfNeeded: middle)]
        for index in 14..<26 {
            unsafe place[index] = digits[Int(truncatingIfNeeded: low &>> UInt64(125 &- 5 &* index) & 31)]
        }
    }

    static func decode(_ text: borrowing Span<UInt8>) -> UInt128? {
        guard text.count == 26, text[0] <= UInt8(ascii: "7") else { return nil }
        // In the words of `write`, whose shifts take one instruction.
        guard let high = number(text, 0..<13), let middle = number(text, 13..<14), let low = number(text, 14..<26)
        else { return nil }
        return UInt128(high) << 65 | UInt128(middle) << 60 | UInt128(low)
    }

    private static func number(_ text: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for index in range {
            guard let digit = digit(text[index]) else { return nil }
            value = value << 5 | UInt64(digit)
        }
        return value
    }

    /// Lower-case letters without i, l, o and u.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "h"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "j")...UInt8(ascii: "k"): byte - UInt8(ascii: "j") + 18
        case UInt8(ascii: "m")...UInt8(ascii: "n"): byte - UInt8(ascii: "m") + 20
        case UInt8(ascii: "p")...UInt8(ascii: "t"): byte - UInt8(ascii: "p") + 22
        case UInt8(ascii: "v")...UInt8(ascii: "z"): byte - UInt8(ascii: "v") + 27
        default: nil
        }
    }
}
