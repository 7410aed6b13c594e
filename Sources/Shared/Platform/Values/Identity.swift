/// An identity: a prefix that names the kind, and a UUIDv7 in base 32.
///
/// Identities sort by the time of their creation.
///
/// Source: RFC 9562, section 5.7.
package protocol Identity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Three letters; an underscore follows in text.
    static var prefix: StaticString { get }
    var value: UInt128 { get }
    init(value: UInt128)
}

extension Identity {
    /// Creates an identity with the given time.
    package init(at time: Timestamp, random: inout SystemRandomSource) {
        let bits = random.next128()
        let version: UInt128 = 0x7 << 76
        let variant: UInt128 = 0x2 << 62
        let randomA = (bits >> 64) & 0xfff
        let randomB = bits & 0x3fff_ffff_ffff_ffff
        let milliseconds = UInt128(UInt64(clamping: time.unixMs) & 0xffff_ffff_ffff)
        self.init(value: milliseconds << 80 | version | randomA << 64 | variant | randomB)
    }

    /// The lowest identity of a time; for ranges of ids.
    package static func first(at time: Timestamp) -> Self {
        Self(value: UInt128(UInt64(clamping: time.unixMs) & 0xffff_ffff_ffff) << 80)
    }

    /// Reads the text form; nil if it is not an identity of this kind.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        let value = text.withUTF8 { bytes -> UInt128? in
            let bytes = unsafe bytes.span
            guard bytes.count == 30, bytes.hasPrefix(Self.prefix), bytes[3] == UInt8(ascii: "_") else { return nil }
            return CrockfordBase32.decode(bytes.extracting(4..<30))
        }
        guard let value else { return nil }
        self.init(value: value)
    }

    /// The time of creation.
    package var createdAt: Timestamp {
        Timestamp(unixMs: Int64(value >> 80))
    }

    /// The text form, 30 characters.
    package var description: String { AnyIdentity(self).text }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension ByteWriter {
    /// Appends the text form of an id, 30 bytes.
    package mutating func append(_ id: some Identity) {
        append(AnyIdentity(id))
    }
}
