/// Appends text as bytes, without an intermediate String.
extension [UInt8] {
    /// Appends the UTF-8 of a text.
    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { unsafe append(contentsOf: $0) }
    }

    package mutating func append(static text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a decimal number, padded with leading zeros to `digits`, at most 20.
    package mutating func append(decimal number: Int64, digits: Int = 1) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var reversed = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var count = 0
        while rest > 0 {
            reversed[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        }
        for index in stride(from: Swift.max(count, Swift.min(digits, 20)) - 1, through: 0, by: -1) {
            append(reversed[index])
        }
    }
}

extension StaticString {
    /// Whether both strings have the same bytes.
    package func hasBytes(of other: StaticString) -> Bool {
        let count = utf8CodeUnitCount
        guard count == other.utf8CodeUnitCount else { return false }
        if unsafe utf8Start == other.utf8Start { return true }
        return unsafe UnsafeBufferPointer(start: utf8Start, count: count).elementsEqual(
            UnsafeBufferPointer(start: other.utf8Start, count: count))
    }
}
