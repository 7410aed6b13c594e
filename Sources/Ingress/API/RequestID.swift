internal import Platform

/// The id of a request in logs and responses.
enum RequestID {
    /// The client's id, if it has 1 to 64 letters, digits, dots, underscores and hyphens; otherwise nil.
    static func given(_ head: HTTPRequestHead) -> String? {
        guard let given = head.headers[.requestID], (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy(isAllowed)
        else { return nil }
        return given
    }

    /// `req_` and 24 random hexadecimal digits.
    static func make(_ random: inout SystemRandomSource) -> String {
        let bits = random.next128()
        return unsafe String(unsafeUninitializedCapacity: 28) { buffer in
            let prefix: StaticString = "req_"
            for index in 0..<4 { unsafe buffer[index] = prefix.utf8Start[index] }
            let digits: StaticString = "0123456789abcdef"
            // In halves of 64 bits, whose shifts take one instruction.
            for (half, start) in [(UInt64(truncatingIfNeeded: bits), 4), (UInt64(truncatingIfNeeded: bits >> 64), 16)] {
                for index in 0..<12 {
                    unsafe buffer[start + index] = digits.utf8Start[Int(half >> UInt64(4 * index) & 15)]
                }
            }
            return 28
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
