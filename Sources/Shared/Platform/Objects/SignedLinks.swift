/// Signed URLs of stored files; anyone who has one may read the file until it expires.
package struct SignedLinks: Sendable {
    package static let lifetime = Duration.seconds(24 * 60 * 60)
    private let key: [UInt8]
    private let publicURL: String

    /// - Parameters:
    ///   - secretKey: the operator's key; the signing key is derived from it.
    ///   - publicURL: the URL at which clients reach the ingress, without a trailing slash.
    package init(secretKey: SecretKey, publicURL: String) {
        key = secretKey.derived(for: "file links")
        self.publicURL = publicURL
    }

    /// The signed URL of a file, by its path in the store.
    package func address(of path: String, at now: Timestamp, for lifetime: Duration = lifetime) -> String {
        let expires = (now + lifetime).unixSeconds
        return "\(publicURL)/files/\(path)?expires=\(expires)&signature=\(signature(path, expires))"
    }

    /// Whether the signature of a URL is valid and the URL has not expired.
    package func accepts(_ path: String, expires: Int64, signature given: String, at now: Timestamp) -> Bool {
        HMAC.areEqual(Array(given.utf8), Array(signature(path, expires).utf8)) && expires > now.unixSeconds
    }

    private func signature(_ path: String, _ expires: Int64) -> String {
        HMAC.sha256(Array("\(expires)\n\(path)".utf8), key: key).hexText
    }
}
