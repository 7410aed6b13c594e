internal import CCrypto

/// Digests by libcrypto.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        unsafe drape_sha256(bytes, bytes.count, &output)
        return output
    }

    /// 20 bytes.
    ///
    /// Redis identifies scripts by SHA-1; it is not used for security.
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(bytes, bytes.count, &output)
        return output
    }
}
