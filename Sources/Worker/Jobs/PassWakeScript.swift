internal import Domain
internal import Platform

/// Wakes another worker in place of one that is full, draining, or holds enough of the lane.
struct PassWakeScript {
    /// KEYS: 1 queue.
    ///
    /// ARGV: 1 boot, which is not woken itself.
    /// Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.wake, .awaitWork))
        local waiters = 'waiters' .. string.sub(KEYS[1], 6)
        local waits = redis.call('SREM', waiters, ARGV[1]) == 1
        wake(KEYS[1])
        if waits then await_work(KEYS[1], ARGV[1]) end
        return 1
        """)

    let boot: String
    let place: QueuePlace

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.queue(place.queue, shard: place.shard)]
        ) { command in command.append(boot) }
    }
}
