internal import Domain
internal import Platform

/// The Redis key names and constant script arguments of an API key's requests, computed once for each API key.
final class TenantKeys: Sendable {
    let slot: RedisSlot
    let place: QueuePlace
    let rateLimit: String
    let credits: String
    let holds: String
    /// The first keys of every admission: rate limit, credits, queue.
    let admissionKeys: RedisWords
    /// The first arguments of every admission, and those of an authentication: authorisation version, interval (µs),
    /// burst (µs).
    let rateLimitArguments: RedisWords
    /// The prefixes of the key names that end in an id or a hash.
    let sessionPrefix: String
    let customerPrefix: String
    let photoPrefix: String
    let garmentPrefix: String

    init(
        _ keys: RedisKeys, _ organization: OrganizationID, _ environment: TenantEnvironment, key: APIKeyID,
        authVersion: Int64, requestsPerMinute: Int
    ) {
        let shard = keys.shard(of: organization)
        // The interval is the time between two requests at the limit; a burst may use the whole limit.
        let intervalUs = 60_000_000 / Int64(requestsPerMinute)
        let burstUs = intervalUs * Int64(requestsPerMinute)
        slot = keys.slot(ofShard: shard)
        place = QueuePlace(.sessions, shard: shard)
        rateLimit = keys.rateLimit(organization, key: key)
        credits = keys.credits(organization)
        holds = keys.holds(organization)
        admissionKeys = RedisWords([
            rateLimit, credits, keys.queue(.sessions, shard: shard),
        ])
        rateLimitArguments = RedisWords([String(authVersion), String(intervalUs), String(burstUs)])
        sessionPrefix = keys.jobPrefix(.sessions, shard: shard)
        customerPrefix = keys.customerReference(organization, environment, externalIDHash: "")
        photoPrefix = keys.reference(organization, environment, "photo")
        garmentPrefix = keys.reference(organization, environment, "garment")
    }
}
