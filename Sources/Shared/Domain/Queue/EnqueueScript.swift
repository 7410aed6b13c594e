package import Platform

/// Enqueues a job, unless it exists.
package struct EnqueueScript {
    /// KEYS: 1 queue, 2 job.
    ///
    /// ARGV: 1 id, 2 lane, 3 weight, 4 `1`: Redis has lost the job, then name and value of each payload field.
    /// Returns: 1 enqueued, 0 the job exists.
    package static let script = RedisScript(
        """
        #!lua
        \(QueueLua.define(.nowMs, .push, .wake))
        local q, job = KEYS[1], KEYS[2]
        local id, lane = ARGV[1], ARGV[2]
        if redis.call('EXISTS', job) == 1 then return 0 end
        redis.call('HSET', job, 'lane', lane, 'weight', ARGV[3], unpack(ARGV, 5))
        -- A number that no earlier claim had: a worker may still hold one.
        if ARGV[4] == '1' then redis.call('HSET', job, 'claims', string.format('%d', now_ms())) end
        push(q, lane, id)
        wake(q)
        return 1
        """)

    let place: QueuePlace
    let job: Job
    /// Whether the job was in Redis before.
    let isAgain: Bool

    /// Runs the script.
    /// - Returns: false if the job exists.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.queue(queue, shard: shard), names.job(queue, shard: shard, job.id),
            ]
        ) { command in
            command.append(job.id)
            command.append(job.lane)
            command.append(Int64(job.weight))
            command.append(isAgain ? "1" : "0")
            for (field, value) in zip(queue.payloadFields, job.payload) {
                command.append(field)
                command.append(bytes: value)
            }
        }
        return reply.integer == 1
    }
}
