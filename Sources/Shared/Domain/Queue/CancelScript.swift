package import Platform

/// Marks a job that has not been acknowledged as canceled.
///
/// The job stays in its lane, because lanes are not searched; the worker that claims it next reads the mark.
package struct CancelScript {
    /// KEYS: 1 job.
    ///
    /// ARGV: none. Returns: 1, or 0 if there is no such job.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        if redis.call('HEXISTS', KEYS[1], 'lane') == 0 then return 0 end
        redis.call('HSET', KEYS[1], 'cancel', '1')
        return 1
        """)

    let place: QueuePlace
    let id: String

    /// Runs the script.
    /// - Returns: false if there is no such job.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let name = redis.keys.job(place.queue, shard: place.shard, id)
        return try await redis.run(Self.script, in: redis.keys.slot(ofShard: place.shard), keys: [name]) { _ in }
            .integer == 1
    }
}
