internal import Domain
internal import Platform

/// Releases a job: to its lane at once, or after a delay.
struct ReleaseScript {
    /// KEYS: 1 queue, 2 job.
    ///
    /// ARGV: 1 boot, 2 id, 3 delay (ms), 4 `1`: count an attempt, 5 pause of the whole lane (ms), 6 claim number,
    /// or empty.
    /// Returns: 1, or 0 if the worker does not hold the job (any more).
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.release))
        local rest, lane = tonumber(ARGV[5]), redis.call('HGET', KEYS[2], 'lane')
        if not release(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[6], tonumber(ARGV[3]), ARGV[4] == '1') then return 0 end
        if rest > 0 and lane then
          redis.call('ZADD', KEYS[1] .. ':resting', 'GT', now_ms() + rest, lane)
          if redis.call('SREM', KEYS[1] .. ':ringed', lane) == 1 then redis.call('LREM', KEYS[1] .. ':ring', '1', lane) end
        end
        return 1
        """)

    let boot: String
    let place: QueuePlace
    let id: String
    /// The number of the claim; nil if only the id is known.
    var number: Int64?
    var delay = Duration.zero
    var countsAttempt = false
    /// How long the whole lane stays out of the claim rotation.
    var laneRest = Duration.zero

    /// Runs the script.
    /// - Returns: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.queue(queue, shard: shard), names.job(queue, shard: shard, id),
            ]
        ) { command in
            command.append(boot)
            command.append(id)
            command.append(delay.milliseconds(rounded: .up))
            command.append(countsAttempt ? "1" : "0")
            command.append(laneRest.milliseconds(rounded: .up))
            command.append(number.map(String.init) ?? "")
        }
        return reply.integer == 1
    }
}
