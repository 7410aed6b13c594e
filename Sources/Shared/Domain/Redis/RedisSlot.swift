internal import Platform

/// The Redis Cluster hash slot of a call's keys.
///
/// Source: Redis cluster specification, "Key distribution model": CRC-16 of the hash tag, modulo 16,384.
package struct RedisSlot: Hashable, Sendable {
    package let number: UInt16

    /// The slot of a key, by its hash tag if it has one.
    package init(key: String) {
        let tag = key.split(separator: "{", maxSplits: 1).dropFirst().first?.prefix { $0 != "}" } ?? ""
        let hasTag = !tag.isEmpty && key.contains("}")
        number = Checksum.crc16(Array((hasTag ? String(tag) : key).utf8)) % 16_384
    }
}
