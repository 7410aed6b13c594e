internal import CCrypto

/// Digests by libcrypto.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        let done = unsafe EVP_Digest(bytes, bytes.count, &output, nil, sha256Algorithm, nil)
        precondition(done == 1, "libcrypto could not make a digest")
        return output
    }

    // Invariant: found once, because finding it takes longer than a short digest; never changed or freed.
    nonisolated(unsafe) private static let sha256Algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)

    /// 20 bytes.
    ///
    /// Redis names scripts by it; nothing secret hangs on it.
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(bytes, bytes.count, &output)
        return output
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits a byte.
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
}

extension [UInt8] {
    /// Reads two hexadecimal digits a byte.
    package init?(hexText: String) {
        let digits = Array(hexText.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = HTTPByte.hexValue(digits[index]), let low = HTTPByte.hexValue(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self = bytes
    }
}
