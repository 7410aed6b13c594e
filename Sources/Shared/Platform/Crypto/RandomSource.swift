/// Where unpredictable bits come from.
package protocol RandomSource {
    mutating func next128() -> UInt128
}

/// The operating system's generator, read in blocks: one call serves many requests.
package struct SystemRandomSource: RandomSource {
    private var block: [UInt8] = []
    private var used = 0

    package init() {}

    package mutating func next128() -> UInt128 {
        next(bytes: 16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// At most 4,096 bytes, each given out once.
    package mutating func next(bytes count: Int) -> ArraySlice<UInt8> {
        if used + count > block.count {
            block = SecureRandom.bytes(count: 4_096)
            used = 0
        }
        defer { used += count }
        return block[used..<used + count]
    }
}
