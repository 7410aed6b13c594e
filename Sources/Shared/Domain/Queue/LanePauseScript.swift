package import Platform

/// Pauses a lane: its jobs are not claimed for a time; or resumes it.
package struct LanePauseScript {
    /// KEYS: 1 queue.
    ///
    /// ARGV: 1 lane, 2 duration (ms; 0: resume). Returns: the number of jobs that wait in the lane.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .ring, .wake))
        local q, lane, duration = KEYS[1], ARGV[1], tonumber(ARGV[2])
        if duration > 0 then
          redis.call('ZADD', q .. ':resting', now_ms() + duration, lane)
          if redis.call('SREM', q .. ':ringed', lane) == 1 then redis.call('LREM', q .. ':ring', '1', lane) end
        else
          redis.call('ZREM', q .. ':resting', lane)
          ring(q, lane)
          wake(q)
        end
        return redis.call('LLEN', q .. ':lane:' .. lane)
        """)

    private let place: QueuePlace
    private let lane: String
    private let duration: Duration

    /// `duration`: how long the lane pauses; zero resumes it.
    package init(_ lane: String, in place: QueuePlace, for duration: Duration) {
        self.place = place
        self.lane = lane
        self.duration = duration
    }

    /// Runs the script.
    /// - Returns: the number of jobs that wait in the lane.
    package func run(_ redis: RedisStore) async throws(RedisError) -> Int {
        let names = redis.keys
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: place.shard),
            keys: [names.queue(place.queue, shard: place.shard)]
        ) { command in
            command.append(lane)
            command.append(duration.milliseconds(rounded: .up))
        }
        return Int(reply.integer ?? 0)
    }
}
