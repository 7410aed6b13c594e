internal import CZlib

/// Checksums: they find typing errors, and keep no secret.
package enum Checksum {
    /// CRC-32 as in zip and gzip.
    package static func crc32(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: unsafe CZlib.crc32(0, bytes, UInt32(bytes.count)))
    }

    /// CRC-16/XMODEM, which Redis Cluster uses for slots: polynomial 0x1021, nothing reflected, from 0.
    ///
    /// Source: Redis cluster specification, "Key distribution model".
    package static func crc16(_ bytes: [UInt8]) -> UInt16 {
        var remainder: UInt16 = 0
        for byte in bytes {
            remainder ^= UInt16(byte) << 8
            for _ in 0..<8 {
                remainder = remainder & 0x8000 != 0 ? remainder << 1 ^ 0x1021 : remainder << 1
            }
        }
        return remainder
    }
}
