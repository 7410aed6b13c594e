internal import Domain
internal import Platform

/// Acknowledges a job: deletes it.
struct AcknowledgeScript {
    /// KEYS: 1 queue, 2 job, 3 waiters.
    ///
    /// ARGV: 1 boot, 2 id, 3 claim number, 4 wake-up message. Returns: 1, or 0 if the worker does not hold the job (any more).
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.finish))
        return finish(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) and 1 or 0
        """)

    let boot: String
    let claim: Claim

    /// Runs the script.
    /// - Returns: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let (place, shard, names) = (claim.place, claim.place.shard, redis.keys)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.queue(place.queue, shard: shard), names.job(place.queue, shard: shard, claim.id),
                names.waiters(place.queue, shard: shard),
            ]
        ) { command in
            command.append(boot)
            command.append(claim.id)
            command.append(claim.number)
            command.append(place.wakeMessage)
        }
        return reply.integer == 1
    }
}
