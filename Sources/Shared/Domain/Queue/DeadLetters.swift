package import Platform

/// The dead letters of the queues: jobs that no handler can process, kept for an operator.
///
/// Each queue in each shard has a stream of them, which drops the oldest entries above its limit.
package struct DeadLetters {
    /// A job that was given up.
    package struct Entry: Hashable, Sendable {
        /// The id in the stream: the time in ms since 1970, `-`, a number.
        package let id: String
        package let job: Job
        package let reason: String

        package var unixMs: Int64 { id.split(separator: "-").first.flatMap { Int64($0) } ?? 0 }
    }

    /// The most entries of one queue in one shard.
    package static let entriesMax = 10_000
    private let redis: RedisStore

    package init(_ redis: RedisStore) {
        self.redis = redis
    }

    /// Adds a job; adding it twice makes two entries.
    package func add(_ job: Job, reason: String, in place: QueuePlace) async throws(RedisError) {
        var command = RedisCommand([
            "XADD", redis.keys.deadLetters(place.queue, shard: place.shard), "MAXLEN", "~", String(Self.entriesMax),
            "*",
            "id", job.id, "lane", job.lane, "weight", String(job.weight), "reason", reason,
        ])
        for (name, value) in zip(place.queue.payloadFields, job.payload) {
            command.append(name)
            command.append(bytes: value)
        }
        _ = try await redis.send(command, to: redis.keys.slot(ofShard: place.shard))
    }

    /// The oldest entries up to the id `newest`, at most `countMax`.
    package func list(
        _ place: QueuePlace, upTo newest: String = "+", countMax: Int
    ) async throws(RedisError) -> [Entry] {
        let reply = try await redis.send(
            RedisCommand([
                "XRANGE", redis.keys.deadLetters(place.queue, shard: place.shard), "-", newest, "COUNT",
                String(countMax),
            ]), to: redis.keys.slot(ofShard: place.shard))
        guard let entries = reply.elements else { throw .unexpectedReply("\(reply)") }
        return entries.compactMap { Self.entry($0, place.queue) }
    }

    /// The id of the newest entry; nil if there is none.
    package func newest(_ place: QueuePlace) async throws(RedisError) -> String? {
        let reply = try await redis.send(
            RedisCommand([
                "XREVRANGE", redis.keys.deadLetters(place.queue, shard: place.shard), "+", "-", "COUNT", "1",
            ]), to: redis.keys.slot(ofShard: place.shard))
        return reply.elements?.first?.elements?.first?.text
    }

    /// Removes an entry.
    /// - Returns: false if there is none with this id.
    @discardableResult
    package func remove(_ entryID: String, in place: QueuePlace) async throws(RedisError) -> Bool {
        try await redis.send(
            RedisCommand(["XDEL", redis.keys.deadLetters(place.queue, shard: place.shard), entryID]),
            to: redis.keys.slot(ofShard: place.shard)
        ).integer == 1
    }

    private static func entry(_ reply: RedisReply, _ queue: QueueName) -> Entry? {
        guard let parts = reply.elements, parts.count == 2, let id = parts[0].text, let fields = parts[1].elements
        else { return nil }
        var values: [String: RedisReply] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            if let name = fields[index].text { values[name] = fields[index + 1] }
        }
        guard let job = values["id"]?.text, let lane = values["lane"]?.text, let reason = values["reason"]?.text,
            let weight = values["weight"]?.integer
        else { return nil }
        return Entry(
            id: id,
            job: Job(
                id: job, lane: lane, weight: Int(weight), payload: queue.payloadFields.map { values[$0]?.bytes ?? [] }),
            reason: reason)
    }
}
