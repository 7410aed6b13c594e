extension UnsafeBufferPointer<UInt8> {
    /// Whether any byte is an ASCII control character below 0x20, or one of two other bytes.
    ///
    /// It compares eight bytes at once: `(x - 0x01…) & ~x & 0x80…` is not zero if and only if a byte of `x` is zero.
    /// The last eight overlap those before, so no bytes are left over.
    func containsControl(or first: UInt8, _ second: UInt8) -> Bool {
        guard let start = baseAddress, count >= 8 else {
            return unsafe contains { $0 < 0x20 || $0 == first || $0 == second }
        }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let (firsts, seconds) = (ones &* UInt64(first), ones &* UInt64(second))
        let last = count &- 8
        var index = 0
        while true {
            let word = unsafe UnsafeRawPointer(start).loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let (differsFirst, differsSecond) = (word ^ firsts, word ^ seconds)
            let controls = (word &- ones &* 0x20) & ~word
            let matches = ((differsFirst &- ones) & ~differsFirst) | ((differsSecond &- ones) & ~differsSecond)
            if (controls | matches) & highs != 0 { return true }
            if index == last { return false }
            index = Swift.min(index &+ 8, last)
        }
    }
}
