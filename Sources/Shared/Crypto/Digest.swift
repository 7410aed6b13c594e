internal import CCrypto

/// Digests by libcrypto.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        _ = unsafe SHA256(bytes, bytes.count, &output)
        return output
    }

    /// 20 bytes.
    ///
    /// Redis names scripts by it; nothing secret hangs on it.
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(bytes, bytes.count, &output)
        return output
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits a byte.
    package var hexText: String {
        var text: [UInt8] = []
        let digits: StaticString = "0123456789abcdef"
        for byte in self {
            text.append(unsafe digits.utf8Start[Int(byte >> 4)])
            text.append(unsafe digits.utf8Start[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
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
