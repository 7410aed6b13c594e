/// The generator of libcrypto, read in blocks of 4,096 bytes, so that one call serves many requests.
package struct SystemRandomSource {
    private var block: [UInt8] = []
    private var used = 0

    package init() {}

    package mutating func next128() -> UInt128 {
        next(bytes: 16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// At most 4,096 random bytes; no byte is returned twice.
    package mutating func next(bytes count: Int) -> ArraySlice<UInt8> {
        if used + count > block.count {
            block = SecureRandom.bytes(count: 4_096)
            used = 0
        }
        defer { used += count }
        return block[used..<used + count]
    }
}
