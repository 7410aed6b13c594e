internal import Domain
internal import Platform

/// Compares the weight in flight of each lane with the jobs that workers hold, and finds workers without a lease.
struct HeldJobsAuditScript {
    /// A lane whose weight is wrong.
    struct Lane {
        let name: String
        let countedWeight: Int64
        let heldWeight: Int64
    }

    /// KEYS: 1 queue.
    ///
    /// ARGV: 1 prefix of the queue's jobs, then names of workers that may have no lease.
    /// Returns: {lane, counted, held, …}, {worker without a lease, …}.
    static let script = RedisScript(
        """
        #!lua flags=no-writes
        local q, held, counted, lanes, workers, lost = KEYS[1], {}, {}, {}, {}, {}
        for _, boot in ipairs(redis.call('ZRANGE', q .. ':leases', 0, -1)) do workers[boot] = true end
        for index = 2, #ARGV do
          local boot = ARGV[index]
          if not workers[boot] and redis.call('EXISTS', q .. ':processing:' .. boot) == 1 then lost[#lost + 1] = boot end
          workers[boot] = true
        end
        for boot in pairs(workers) do
          for _, id in ipairs(redis.call('LRANGE', q .. ':processing:' .. boot, 0, -1)) do
            local known = redis.call('HMGET', ARGV[1] .. id, 'lane', 'weight')
            if known[1] then held[known[1]] = (held[known[1]] or 0) + tonumber(known[2] or 0) end
          end
        end
        local words = redis.call('HGETALL', q .. ':inflight')
        for index = 1, #words, 2 do counted[words[index]] = tonumber(words[index + 1]) end
        for lane, weight in pairs(held) do
          if not counted[lane] then counted[lane] = 0 end
        end
        for lane, weight in pairs(counted) do
          if weight ~= (held[lane] or 0) then
            lanes[#lanes + 1] = lane
            lanes[#lanes + 1] = string.format('%.0f', weight)
            lanes[#lanes + 1] = string.format('%.0f', held[lane] or 0)
          end
        end
        return {lanes, lost}
        """)

    let place: QueuePlace
    let boots: [String]

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> (lanes: [Lane], lostWorkers: [String]) {
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.queue(place.queue, shard: place.shard)]
        ) { command in
            command.append(redis.keys.jobPrefix(place.queue, shard: place.shard))
            for boot in boots { command.append(boot) }
        }
        guard let parts = reply.elements, parts.count == 2 else { throw .unexpectedReply("\(reply)") }
        let words = (parts[0].elements ?? []).compactMap(\.text)
        let lanes = stride(from: 0, to: words.count - 2, by: 3).map { index in
            Lane(
                name: words[index], countedWeight: Int64(words[index + 1]) ?? 0,
                heldWeight: Int64(words[index + 2]) ?? 0)
        }
        return (lanes, (parts[1].elements ?? []).compactMap(\.text))
    }
}
