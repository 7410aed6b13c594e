internal import Glibc

/// Searches and reads borrowed bytes.
extension Span<UInt8> {
    package func firstIndex(of byte: UInt8) -> Int? {
        firstIndex(of: byte, in: 0..<count)
    }

    /// The first index in `range` with this byte.
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range out of bounds")
        return unsafe withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress,
                let found = unsafe memchr(start + range.lowerBound, Int32(byte), range.count)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(start)
        }
    }

    package func lastIndex(of byte: UInt8) -> Int? {
        indices.last { self[$0] == byte }
    }

    /// Whether the bytes begin with `prefix`.
    ///
    /// `withoutCase` ignores the case of ASCII letters; `prefix` must then be in lower case.
    package func hasPrefix(_ prefix: StaticString, withoutCase: Bool = false) -> Bool {
        let wanted = prefix.utf8CodeUnitCount
        guard count >= wanted else { return false }
        return prefix.withUTF8Buffer { buffer in
            for index in 0..<wanted {
                let byte = withoutCase ? ASCII.lowercased(self[index]) : self[index]
                if unsafe byte != buffer[index] { return false }
            }
            return true
        }
    }

    package func text() -> String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
