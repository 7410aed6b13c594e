internal import Domain
internal import Platform

/// A client's idempotency key: a request that is repeated with it takes effect once.
struct IdempotencyKey: Sendable {
    static let lifetime = TryOnJob.idempotencyLifetime

    /// SHA-256 of environment, route and key, in hexadecimal digits.
    let hash: String
    /// SHA-256 of the body, in hexadecimal digits.
    let fingerprint: String

    /// The key of a request; nil if it has none.
    init?(_ context: KeyContext, route: StaticString, body: [UInt8]) throws(Problem) {
        guard let text = context.request.head.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            throw .invalid([
                Problem.Fault(
                    pointer: "Idempotency-Key", code: FaultCode.invalidKey.rawValue,
                    message: "must be 1 to 255 printable characters")
            ])
        }
        hash = Digest.sha256(Array("\(context.key.environment.rawValue)\0\(route)\0\(text)".utf8)).hexText
        fingerprint = Digest.sha256(body).hexText
    }

    init(hash: String, fingerprint: String) {
        self.hash = hash
        self.fingerprint = fingerprint
    }

    /// The key of a try-on; nil if it has none.
    init?(of job: TryOnJob) {
        guard let hash = job.idempotencyHash, let fingerprint = job.fingerprint else { return nil }
        self.init(hash: hash, fingerprint: fingerprint)
    }

    /// What `IdempotencyLua` reads: 34 digits of the hash, 32 of the fingerprint, and the lowest id whose key has not
    /// expired when `id` is made.
    ///
    /// These digits are of a hash that covers the organisation, too: a shard has keys of several.
    func word(of organization: OrganizationID, before id: some Identity) -> String {
        let digits = Digest.sha256(Array("\(organization)\0\(hash)".utf8)).prefix(17)
        let oldest = type(of: id).first(at: id.createdAt - Self.lifetime)
        return "\(Array(digits).hexText)\(fingerprint.prefix(32))\(oldest)"
    }
}
