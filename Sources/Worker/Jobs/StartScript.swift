internal import Domain
internal import Platform

/// Marks a job as started: from then on, the death of its worker counts as a crash of the job.
struct StartScript {
    /// What Redis tells of a job that starts.
    struct Reply {
        /// Whether the job is to be canceled.
        var isCancelRequested = false
        /// Whether jobs of its shard are watched.
        var isWatched = false
    }

    /// KEYS: 1 job, 2 watchers.
    ///
    /// ARGV: 1 claim number. Returns: {1, cancel or nil, 1 if jobs of the shard are watched}, or {0} if there is no such job,
    /// or if it was claimed again.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('HMGET', KEYS[1], 'claims', 'cancel')
        if known[1] ~= ARGV[1] then return {0} end
        redis.call('HSET', KEYS[1], 'started', '1')
        return {1, known[2] and 1 or 0, redis.call('EXISTS', KEYS[2])}
        """)

    let claim: Claim

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let place = claim.place
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [
                redis.keys.job(place.queue, shard: place.shard, claim.id), redis.keys.watchers(shard: place.shard),
            ]
        ) { command in command.append(claim.number) }
        guard let parts = reply.elements, parts.count == 3 else { return Reply() }
        return Reply(isCancelRequested: parts[1].integer == 1, isWatched: parts[2].integer == 1)
    }
}
