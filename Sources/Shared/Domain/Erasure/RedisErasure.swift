package import Platform

/// Deletes an erased customer's data from Redis.
package struct RedisErasure {
    private static let namesMax = 512
    private let redis: RedisStore

    package init(redis: RedisStore) {
        self.redis = redis
    }

    /// Deletes keys of any organisation.
    package func delete(_ names: [String]) async throws(RedisError) {
        for (slot, names) in Dictionary(grouping: names, by: { RedisSlot(key: $0) }) {
            for start in stride(from: 0, to: names.count, by: Self.namesMax) {
                let some = names[start..<min(start + Self.namesMax, names.count)]
                _ = try await redis.send(RedisCommand(["DEL"] + some), to: slot)
            }
        }
    }

    /// Removes the customer from the waiting sessions that use one of these photos.
    package func eraseJobs(of organization: OrganizationID, with photos: [PhotoID]) async throws(RedisError) {
        let (shard, slot) = (redis.keys.shard(of: organization), redis.keys.slot(of: organization))
        try await deleteDeadLetters(of: organization, shard: shard)
        var cursor = "0"
        repeat {
            let page = try await redis.send(
                RedisCommand(["HSCAN", redis.keys.holds(organization), cursor, "COUNT", String(Self.namesMax)]),
                to: slot)
            guard let parts = page.elements, parts.count == 2, let next = parts[0].text,
                let fields = parts[1].elements
            else { throw .unexpectedReply("\(page)") }
            cursor = next
            let sessions = stride(from: 0, to: fields.count, by: 2).compactMap { fields[$0].text }
                .map { redis.keys.job(.sessions, shard: shard, $0) }
            if sessions.isEmpty { continue }
            for start in stride(from: 0, to: photos.count, by: Self.namesMax) {
                try await JobErasureScript(
                    organizationID: organization, sessionKeys: sessions,
                    photos: photos[start..<min(start + Self.namesMax, photos.count)]
                ).run(redis)
            }
        } while cursor != "0"
    }

    /// Deletes the dead letters of an organisation: nobody can read what they say of whom.
    private func deleteDeadLetters(of organization: OrganizationID, shard: Int) async throws(RedisError) {
        let letters = DeadLetters(redis)
        for queue in [QueueName.sessions, .burial] {
            let place = QueuePlace(queue, shard: shard)
            for entry in try await letters.list(place, countMax: DeadLetters.entriesMax)
            where entry.job.lane == organization.description {
                try await letters.remove(entry.id, in: place)
            }
        }
    }
}
