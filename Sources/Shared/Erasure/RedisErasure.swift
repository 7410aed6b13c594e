/// Takes an erased person out of Redis.
package struct RedisErasure {
    private static let namesMax = 512
    private let redis: RedisConnection
    private let keys: RedisKeys

    package init(redis: RedisConnection, keys: RedisKeys) {
        self.redis = redis
        self.keys = keys
    }

    /// Deletes keys, or leaves a mark for a while that nobody who has read MariaDB before fills them again.
    package func delete(_ names: [String], leaving mark: String? = nil) async throws(RedisError) {
        for start in stride(from: 0, to: names.count, by: Self.namesMax) {
            let some = Array(names[start..<min(start + Self.namesMax, names.count)])
            guard let mark else {
                _ = try await redis.send(RedisCommand(["DEL"] + some))
                continue
            }
            for name in some {
                let seconds = String(NewestPhotoScript.erasedSeconds)
                _ = try await redis.send(RedisCommand(["SET", name, mark, "EX", seconds]))
            }
        }
    }

    /// Sessions that wait in Redis carry the request: they end unpaid without the photo, and until then know nobody.
    package func forgetTickets(
        of organization: OrganizationID, with photos: [PhotoID]
    ) async throws(RedisError) {
        let shard = keys.shard(of: organization)
        var cursor = "0"
        repeat {
            let page = try await redis.send(
                RedisCommand(["HSCAN", keys.holds(organization), cursor, "COUNT", String(Self.namesMax)]))
            guard let parts = page.elements, parts.count == 2, let next = parts[0].text,
                let fields = parts[1].elements
            else { throw .unexpectedReply("\(page)") }
            cursor = next
            let sessions = stride(from: 0, to: fields.count, by: 2).compactMap { fields[$0].text }
                .map { keys.job(.sessions, shard: shard, $0) }
            if sessions.isEmpty { continue }
            for start in stride(from: 0, to: photos.count, by: Self.namesMax) {
                _ = try await redis.run(TicketErasureScript.script, keys: sessions) { command in
                    for photo in photos[start..<min(start + Self.namesMax, photos.count)] { command.append(photo) }
                }
            }
        } while cursor != "0"
    }
}
