internal import Domain
internal import Platform

/// Wakes another worker in place of one that is full or draining.
struct PassWakeScript {
    /// KEYS: 1 queue.
    ///
    /// Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.wake))
        wake(KEYS[1])
        return 1
        """)

    let place: QueuePlace

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.queue(place.queue, shard: place.shard)]
        ) { _ in }
    }
}
