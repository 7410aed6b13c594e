/// An identity of any kind, without an allocation.
package struct AnyIdentity: Hashable, Sendable {
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64
    /// The three letters of the prefix, and the underscore, in the order of memory.
    @usableFromInline let prefix: UInt32

    @inlinable package init<ID: Identity>(_ id: ID) {
        high = UInt64(truncatingIfNeeded: id.value >> 64)
        low = UInt64(truncatingIfNeeded: id.value)
        let letters = unsafe ID.prefix.utf8Start
        prefix = unsafe UInt32(letters[0]) | UInt32(letters[1]) << 8 | UInt32(letters[2]) << 16 | 0x5f << 24
    }

    /// The characters of the text form.
    static let count = 4 + CrockfordBase32.length

    var text: String {
        unsafe String(unsafeUninitializedCapacity: Self.count) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            unsafe write(to: start)
            return Self.count
        }
    }

    /// Writes the 30 bytes of the text form.
    func write(to place: UnsafeMutablePointer<UInt8>) {
        for index in 0..<4 {
            unsafe place[index] = UInt8(truncatingIfNeeded: prefix >> (8 * UInt32(index)))
        }
        unsafe CrockfordBase32.write(UInt128(high) << 64 | UInt128(low), to: place + 4)
    }
}

extension ByteWriter {
    /// Appends the text form of an id, 30 bytes.
    mutating func append(_ id: AnyIdentity) {
        unsafe id.write(to: extend(by: AnyIdentity.count))
    }
}
