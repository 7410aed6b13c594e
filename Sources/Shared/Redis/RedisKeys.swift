/// The name of every Redis key.
///
/// An organisation lives in one shard; all its keys carry the shard's hash tag, so that a script touches one slot.
package struct RedisKeys: Sendable {
    package let shardCount: Int

    package init(shardCount: Int) {
        precondition((1...1_024).contains(shardCount), "a shard count out of bounds")
        self.shardCount = shardCount
    }

    package func shard(of organization: OrganizationID) -> Int {
        Int(Checksum.crc16(organization.utf8)) % shardCount
    }

    /// The hash tag of a shard: `{s07}`.
    package func tag(_ shard: Int) -> String {
        shard < 10 ? "{s0\(shard)}" : "{s\(shard)}"
    }

    private func tag(of organization: OrganizationID) -> String { tag(shard(of: organization)) }

    /// String: the time in µs up to which the key's requests are used up (GCRA).
    package func rateLimit(_ organization: OrganizationID, key: APIKeyID) -> String {
        "ratelimit:api:\(tag(of: organization)):\(key)"
    }

    /// String: how many requests without a valid key an address has made in its window.
    package func addressLimit(_ address: String) -> String {
        "ratelimit:address:\(address)"
    }

    /// Hash: balance, version, held, status, authVersion.
    package func credits(_ organization: OrganizationID) -> String {
        "credits:\(tag(of: organization)):\(organization)"
    }
}
