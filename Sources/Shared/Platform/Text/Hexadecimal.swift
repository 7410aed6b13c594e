/// Bytes as hexadecimal digits.
extension [UInt8] {
    /// Two lower-case hexadecimal digits per byte.
    package var hexText: String {
        let digits: StaticString = "0123456789abcdef"
        return unsafe String(unsafeUninitializedCapacity: 2 * count) { buffer in
            for (index, byte) in enumerated() {
                unsafe buffer[2 * index] = digits.utf8Start[Int(byte >> 4)]
                unsafe buffer[2 * index + 1] = digits.utf8Start[Int(byte & 15)]
            }
            return 2 * count
        }
    }

    /// Reads two hexadecimal digits per byte.
    package init?(hexText: String) {
        let digits = Array(hexText.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = ASCII.hexValue(digits[index]), let low = ASCII.hexValue(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self = bytes
    }
}
