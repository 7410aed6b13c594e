internal import Domain
internal import Platform

/// The names of the Redis keys that an API key's requests use, and the constant parts of their scripts, made once a key.
final class TenantKeys: Sendable {
    let slot: RedisSlot
    let place: QueuePlace
    let rateLimit: String
    let credits: String
    let holds: String
    /// What every admission begins its keys with: rate limit, credits, holds, queue, waiters.
    let admissionKeys: RedisWords
    /// What every admission begins its arguments with: authorisation version, interval (µs), burst (µs), lane, wake-up
    /// message.
    let admissionArguments: RedisWords
    /// What authentication sends: the same without lane and message.
    let rateLimitArguments: RedisWords
    /// The prefixes of names that end in an id or a hash.
    let sessionPrefix: String
    let idempotencyPrefix: String
    let customerPrefix: String
    let photoPrefix: String
    let garmentPrefix: String

    init(
        _ keys: RedisKeys, _ organization: OrganizationID, _ environment: TenantEnvironment, key: APIKeyID,
        authVersion: Int64, requestsPerMinute: Int
    ) {
        let shard = keys.shard(of: organization)
        // µs from one request to the next at the limit; the whole limit may come at once.
        let intervalUs = 60_000_000 / Int64(requestsPerMinute)
        let burstUs = intervalUs * Int64(requestsPerMinute)
        slot = keys.slot(ofShard: shard)
        place = QueuePlace(.sessions, shard: shard)
        rateLimit = keys.rateLimit(organization, key: key)
        credits = keys.credits(organization)
        holds = keys.holds(organization)
        admissionKeys = RedisWords([
            rateLimit, credits, holds, keys.queue(.sessions, shard: shard), keys.waiters(.sessions, shard: shard),
        ])
        rateLimitArguments = RedisWords([String(authVersion), String(intervalUs), String(burstUs)])
        admissionArguments = RedisWords([
            String(authVersion), String(intervalUs), String(burstUs), organization.description, place.wakeMessage,
        ])
        sessionPrefix = keys.jobPrefix(.sessions, shard: shard)
        idempotencyPrefix = keys.idempotency(organization, hash: "")
        customerPrefix = keys.customerReference(organization, environment, externalIDHash: "")
        photoPrefix = keys.reference(organization, environment, "photo")
        garmentPrefix = keys.reference(organization, environment, "garment")
    }
}
