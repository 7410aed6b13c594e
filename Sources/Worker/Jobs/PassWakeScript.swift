internal import Domain
internal import Platform

/// Wakes another worker in place of one that is full or draining.
struct PassWakeScript {
    /// KEYS: 1 waiters.
    ///
    /// ARGV: 1 wake-up message. Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.wake))
        wake(KEYS[1], ARGV[1])
        return 1
        """)

    let place: QueuePlace

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.waiters(place.queue, shard: place.shard)]
        ) { command in command.append(place.wakeMessage) }
    }
}
