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

    // Invariant: fetched once, because the fetch takes longer than a short digest; never changed or freed.
    nonisolated(unsafe) private static let sha256Algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)

    /// 20 bytes.
    ///
    /// Redis identifies scripts by SHA-1; it is not used for security.
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(bytes, bytes.count, &output)
        return output
    }
}
