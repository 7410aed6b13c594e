internal import Domain
internal import Platform

/// Moves a held job to another queue, whose handler ends it as failed.
struct BuryScript {
    /// KEYS: 1 queue, 2 job, 3 burial queue.
    ///
    /// ARGV: 1 boot, 2 id, 3 claim number.
    /// Returns: 1, or 0 if the worker does not hold the job (any more).
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .leave, .wake, .drop))
        local q, job, burial = KEYS[1], KEYS[2], KEYS[3]
        local boot, id = ARGV[1], ARGV[2]
        if not drop(q, job, boot, id, ARGV[3]) then return 0 end
        local known = redis.call('HMGET', job, 'lane', 'weight')
        local lane, weight = known[1], tonumber(known[2])
        if not lane then return 1 end
        leave(q, lane, weight)
        redis.call('HDEL', job, 'crashes', 'started')
        push(burial, lane, id)
        wake(burial)
        return 1
        """)

    let boot: String
    let claim: Claim
    let burial: QueueName

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        let (place, shard, names) = (claim.place, claim.place.shard, redis.keys)
        _ = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.queue(place.queue, shard: shard), names.job(place.queue, shard: shard, claim.id),
                names.queue(burial, shard: shard),
            ]
        ) { command in
            command.append(boot)
            command.append(claim.id)
            command.append(claim.number)
        }
    }
}
