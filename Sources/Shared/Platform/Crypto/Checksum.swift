internal import CZlib

/// Non-cryptographic checksums.
package enum Checksum {
    /// CRC-32, as in zip and gzip.
    package static func crc32(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: unsafe CZlib.crc32(0, bytes, UInt32(bytes.count)))
    }

    /// CRC-16/XMODEM, which Redis Cluster uses for hash slots: polynomial 0x1021, no reflection, initial value 0.
    ///
    /// Source: Redis cluster specification, "Key distribution model".
    package static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0) { remainder, byte in remainder << 8 ^ crc16Table[Int(remainder >> 8 ^ UInt16(byte))] }
    }

    /// The remainder of each byte value after eight shifts.
    private static let crc16Table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { rest, _ in rest & 0x8000 != 0 ? rest << 1 ^ 0x1021 : rest << 1 }
    }
}
