internal import Domain
internal import Platform

/// Marks a job as started: from then on, the death of its worker counts as a crash of the job.
struct StartScript {
    /// KEYS: 1 job.
    ///
    /// ARGV: 1 claim number. Returns: 1, or 2 if the job is to be canceled, or 0 if there is no such job, or if it was
    /// claimed again.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('HMGET', KEYS[1], 'claims', 'cancel')
        if known[1] ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'started', '1')
        return known[2] and 2 or 1
        """)

    let claim: Claim

    /// Runs the script.
    /// - Returns: whether the job is to be canceled.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let place = claim.place
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.job(place.queue, shard: place.shard, claim.id)]
        ) { command in command.append(claim.number) }
        return reply.integer == 2
    }
}
