internal import Platform

/// The Redis Cluster hash slot of a call's keys.
///
/// Source: Redis cluster specification, "Key distribution model": CRC-16 of the hash tag, modulo 16,384.
package struct RedisSlot: Hashable, Sendable {
    package let number: UInt16

    /// The slot of a key, by its hash tag if it has one.
    package init(key: String) {
        let bytes = Array(key.utf8)
        var hashed = bytes[...]
        if let open = bytes.firstIndex(of: UInt8(ascii: "{")) {
            let rest = bytes[(open + 1)...]
            if let close = rest.firstIndex(of: UInt8(ascii: "}")), close > open + 1 { hashed = rest[..<close] }
        }
        number = Checksum.crc16(hashed) % 16_384
    }
}
