/// The names of the Redis keys that an API key's requests touch, made once for the key.
package final class TenantKeys: Sendable {
    package let shard: Int
    package let rateLimit: String
    package let credits: String
    package let holds: String
    package let queue: String
    package let waiters: String
    package let lane: String
    package let wakeMessage: String
    private let jobs: String
    private let idempotencies: String
    private let customers: String
    private let photos: String
    private let garments: String

    package init(_ keys: RedisKeys, _ organization: OrganizationID, _ environment: TenantEnvironment, key: APIKeyID) {
        shard = keys.shard(of: organization)
        rateLimit = keys.rateLimit(organization, key: key)
        credits = keys.credits(organization)
        holds = keys.holds(organization)
        queue = keys.queue(.sessions, shard: shard)
        waiters = keys.waiters(.sessions, shard: shard)
        lane = organization.description
        wakeMessage = WakeMessage(queue: .sessions, shard: shard).text
        jobs = keys.jobPrefix(.sessions, shard: shard)
        idempotencies = keys.idempotency(organization, hash: "")
        customers = keys.customerReference(organization, environment, externalIDHash: "")
        photos = keys.reference(organization, environment, "photo")
        garments = keys.reference(organization, environment, "garment")
    }

    package func session(_ id: SessionID) -> String { name(jobs, id) }

    package func idempotency(hash: String) -> String { idempotencies + hash }

    package func customerReference(externalIDHash: String) -> String { customers + externalIDHash }

    package func photoReference(_ photo: PhotoID) -> String { name(photos, photo) }

    package func garmentReference(_ garment: GarmentID) -> String { name(garments, garment) }

    private func name(_ prefix: String, _ id: some Identity) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.utf8.count + 30)
        bytes.append(text: prefix)
        id.append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
