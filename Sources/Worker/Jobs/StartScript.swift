internal import Domain
internal import Platform

/// Marks a job as started: from then on, the death of its worker counts as a crash of the job.
struct StartScript {
    /// What Redis tells of a job that starts.
    enum Reply: Int64 {
        case started = 1
        /// Its owner wants no more of it.
        case canceled = 2
        /// It was claimed again, so another worker has it.
        case claimedAgain = 3
        /// Redis has lost the job: this worker has the only copy.
        case lost = 4
    }

    /// KEYS: 1 job.
    ///
    /// ARGV: 1 claim number. Returns: a code of `Reply`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('HMGET', KEYS[1], 'claims', 'cancel')
        if not known[1] then return 4 end
        if known[1] ~= ARGV[1] then return 3 end
        redis.call('HSET', KEYS[1], 'started', '1')
        return known[2] and 2 or 1
        """)

    let claim: Claim

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let place = claim.place
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.job(place.queue, shard: place.shard, claim.id)]
        ) { command in command.append(claim.number) }
        guard let read = reply.integer.flatMap({ Reply(rawValue: $0) }) else { throw .unexpectedReply("\(reply)") }
        return read
    }
}
