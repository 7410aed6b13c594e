internal import Platform

/// Enqueues jobs of one shard that Redis has lost; a job that exists stays as it is.
package struct RestoreJobsScript {
    /// A lost job.
    struct Lost {
        let job: Job
        let organizationID: OrganizationID
        /// The time until it may be claimed; at once unless it is positive.
        var waitMs: Int64 = 0
        /// The credits to hold for it; nil: none, because it is charged already.
        var holdCredits: Int?
        /// The limits of its lane (`WebhookLimits.text`).
        var laneLimit = ""
    }

    /// The most jobs of one call.
    static let jobsMax = 64

    /// KEYS: 1 queue, then for each job: job, credits, holds.
    ///
    /// ARGV: 1 number of payload fields, then their names, then `1` if lanes are bounded, then for each job: id,
    /// lane, weight, time until it is due (ms), credits to hold (empty: none), limits of the lane, then its payload.
    /// Returns: {number of jobs that were enqueued, then the lanes that have taken no more}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .push, .wake))
        \(LaneLimitLua.all)
        \(DispatchLua.room)
        local q, fields = KEYS[1], tonumber(ARGV[1])
        local now, restored, is_bounded, full = now_ms(), 0, ARGV[2 + fields] == '1', {}
        for index = 1, (#KEYS - 1) / 3 do
          local key, arg = 3 * index - 1, 2 + fields + (index - 1) * (6 + fields)
          local job, credits, holds = KEYS[key], KEYS[key + 1], KEYS[key + 2]
          local id, lane, wait, price = ARGV[arg + 1], ARGV[arg + 2], tonumber(ARGV[arg + 4]), ARGV[arg + 5]
          if is_bounded and not has_room(q, lane) then
            full[#full + 1] = lane
          elseif redis.call('EXISTS', job) == 0 then
            if ARGV[arg + 6] ~= '' and string.sub(ARGV[arg + 6], 1, 2) ~= '0 ' then set_limit(q, lane, ARGV[arg + 6]) end
            -- A number that no earlier claim had: a worker may still hold one.
            redis.call('HSET', job, 'lane', lane, 'weight', ARGV[arg + 3], 'claims', string.format('%d', now))
            for field = 1, fields do redis.call('HSET', job, ARGV[1 + field], ARGV[arg + 6 + field]) end
            if price ~= '' and redis.call('HSETNX', holds, id, price) == 1 then
              redis.call('HINCRBY', credits, 'held', price)
            end
            if wait > 0 then
              redis.call('ZADD', q .. ':delayed', string.format('%d', now + wait), id)
            else
              push(q, lane, id)
              wake(q)
            end
            restored = restored + 1
          end
        end
        return {restored, unpack(full)}
        """)

    let place: QueuePlace
    let lost: ArraySlice<Lost>
    /// Whether a lane takes a bounded number of jobs (`DispatchLua.room`).
    let isBounded: Bool

    /// Runs the script.
    /// - Returns: the number of jobs that were enqueued, and the lanes that have taken no more.
    func run(_ redis: RedisStore) async throws(RedisError) -> (restored: Int, fullLanes: [String]) {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [names.queue(queue, shard: shard)]
                + lost.flatMap { one in
                    [
                        names.job(queue, shard: shard, one.job.id), names.credits(one.organizationID),
                        names.holds(one.organizationID),
                    ]
                }
        ) { command in
            command.append(Int64(queue.payloadFields.count))
            for field in queue.payloadFields { command.append(field) }
            command.append(isBounded ? "1" : "0")
            for one in lost {
                command.append(one.job.id)
                command.append(one.job.lane)
                command.append(Int64(one.job.weight))
                command.append(one.waitMs)
                command.append(one.holdCredits.map(String.init) ?? "")
                command.append(one.laneLimit)
                for value in one.job.payload { command.append(bytes: value) }
            }
        }
        guard let parts = reply.elements, let count = parts.first?.integer else {
            throw .unexpectedReply("\(reply)")
        }
        return (Int(count), parts.dropFirst().compactMap(\.text))
    }
}
