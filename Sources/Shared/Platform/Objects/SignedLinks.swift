/// Addresses of stored files that anybody may open who has them, until they expire.
package struct SignedLinks: Sendable {
    package static let lifetime = Duration.seconds(24 * 60 * 60)
    private let key: [UInt8]
    private let publicURL: String

    /// - Parameters:
    ///   - secretKey: the operator's; the signing key is derived from it.
    ///   - publicURL: where clients reach the ingress, without a slash at the end.
    package init(secretKey: SecretKey, publicURL: String) {
        key = secretKey.derived(for: "file links")
        self.publicURL = publicURL
    }

    /// The address of a file by its path in the store.
    package func address(of path: String, at now: Timestamp) -> String {
        let expires = (now + Self.lifetime).unixSeconds
        return "\(publicURL)/files/\(path)?expires=\(expires)&signature=\(signature(path, expires))"
    }

    /// Whether an address is genuine and has not expired.
    package func accepts(_ path: String, expires: Int64, signature given: String, at now: Timestamp) -> Bool {
        HMAC.areEqual(Array(given.utf8), Array(signature(path, expires).utf8)) && expires > now.unixSeconds
    }

    private func signature(_ path: String, _ expires: Int64) -> String {
        HMAC.sha256(Array("\(expires)\n\(path)".utf8), key: key).hexText
    }
}
