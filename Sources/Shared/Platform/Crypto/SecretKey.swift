internal import CCrypto

/// The operator's key: it encrypts secrets at rest, and other keys are derived from it.
package struct SecretKey: Sendable {
    private let bytes: [UInt8]

    /// Reads 64 hexadecimal digits.
    package init?(hexText: String) {
        guard hexText.utf8.count == 64, let bytes = [UInt8](hexText: hexText) else { return nil }
        self.bytes = bytes
    }

    /// A key for one purpose: HKDF-SHA256 in a single block.
    ///
    /// Source: RFC 5869, with an empty salt; one block of output is HMAC(PRK, info | 0x01), where `|` concatenates.
    package func derived(for purpose: StaticString) -> [UInt8] {
        let extracted = HMAC.sha256(bytes, key: [UInt8](repeating: 0, count: 32))
        return HMAC.sha256(Array("\(purpose)".utf8) + [1], key: extracted)
    }

    private static let nonceBytes = 12
    private static let tagBytes = 16
    private static let formatVersion: UInt8 = 1

    /// Encrypts with AES-256-GCM: a version byte, the nonce (12 bytes), the ciphertext, the tag (16 bytes).
    ///
    /// `context` is authenticated, not stored.
    package func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        let nonce = SecureRandom.bytes(count: Self.nonceBytes)
        var output = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: Self.tagBytes)
        var count: Int32 = 0
        let data = Array(context.utf8)
        let cipher = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        let isSealed =
            unsafe EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, derived(for: "seal"), nonce) == 1
            && EVP_EncryptUpdate(cipher, nil, &count, data, Int32(data.count)) == 1
            && EVP_EncryptUpdate(cipher, &output, &count, plain, Int32(plain.count)) == 1
            && EVP_EncryptFinal_ex(cipher, &tag, &count) == 1
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagBytes), &tag) == 1
        precondition(isSealed, "libcrypto has no AES-256-GCM")
        return [Self.formatVersion] + nonce + output + tag
    }

    /// Decrypts; nil if the bytes were not sealed with this key and context, or were changed.
    package func open(_ sealed: [UInt8], context: String) -> [UInt8]? {
        guard sealed.count >= 1 + Self.nonceBytes + Self.tagBytes, sealed[0] == Self.formatVersion else { return nil }
        let nonce = Array(sealed[1..<1 + Self.nonceBytes])
        let text = Array(sealed[(1 + Self.nonceBytes)..<(sealed.count - Self.tagBytes)])
        var tag = Array(sealed[(sealed.count - Self.tagBytes)...])
        var output = [UInt8](repeating: 0, count: text.count)
        var rest = [UInt8](repeating: 0, count: Self.tagBytes)
        var count: Int32 = 0
        let data = Array(context.utf8)
        let cipher = unsafe EVP_CIPHER_CTX_new()
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        let isGenuine =
            unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, derived(for: "seal"), nonce) == 1
            && EVP_DecryptUpdate(cipher, nil, &count, data, Int32(data.count)) == 1
            && EVP_DecryptUpdate(cipher, &output, &count, text, Int32(text.count)) == 1
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagBytes), &tag) == 1
            && EVP_DecryptFinal_ex(cipher, &rest, &count) == 1
        return isGenuine ? output : nil
    }
}
