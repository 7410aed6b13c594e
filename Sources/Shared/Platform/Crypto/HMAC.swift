internal import CCrypto

/// HMAC-SHA256 by libcrypto.
package enum HMAC {
    /// 32 bytes.
    package static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let made = unsafe CCrypto.HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &output, &count)
        precondition(unsafe made != nil && count == 32, "libcrypto has no HMAC-SHA256")
        return output
    }

    /// Whether two codes are equal; compares codes of equal length in constant time.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        unsafe left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
