package import Platform

/// Counts the jobs of one queue in one shard.
package struct QueueDepthScript {
    private static let lanesMax: Int64 = 1_000

    /// KEYS: 1 queue, 2 dead letters.
    ///
    /// ARGV: 1 lanes to look at. Returns: {waiting, lanes, parked, resting, held, delayed, dead letters, workers, 1 if there are
    /// more lanes, oldest id}.
    package static let script = RedisScript(
        """
        #!lua flags=no-writes,allow-oom
        local q, most = KEYS[1], tonumber(ARGV[1])
        local ring, parked = redis.call('LRANGE', q .. ':ring', 0, most - 1), redis.call('SMEMBERS', q .. ':parked')
        local resting = redis.call('ZRANGE', q .. ':resting', 0, -1)
        local waiting, oldest, looked = 0, false, 0
        for _, lanes in ipairs({ring, parked, resting}) do
          for _, lane in ipairs(lanes) do
            if looked == most then break end
            looked = looked + 1
            local name = q .. ':lane:' .. lane
            waiting = waiting + redis.call('LLEN', name)
            local id = redis.call('LINDEX', name, -1)
            if id and (not oldest or id < oldest) then oldest = id end
          end
        end
        local held, workers = 0, redis.call('ZRANGE', q .. ':leases', 0, -1)
        for _, boot in ipairs(workers) do held = held + redis.call('LLEN', q .. ':processing:' .. boot) end
        local lanes = redis.call('LLEN', q .. ':ring')
        local is_partial = lanes + #parked + #resting > looked and 1 or 0
        return {waiting, lanes, #parked, #resting, held, redis.call('ZCARD', q .. ':delayed'), redis.call('XLEN', KEYS[2]),
          #workers, is_partial, oldest}
        """)

    let place: QueuePlace

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> QueueDepth {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [names.queue(queue, shard: shard), names.deadLetters(queue, shard: shard)]
        ) { command in command.append(Self.lanesMax) }
        guard let parts = reply.elements, parts.count >= 9 else { throw .unexpectedReply("\(reply)") }
        let numbers = parts.prefix(9).map { Int($0.integer ?? 0) }
        return QueueDepth(
            place: place, waiting: numbers[0], lanes: numbers[1], parkedLanes: numbers[2], restingLanes: numbers[3],
            held: numbers[4], delayed: numbers[5], deadLetters: numbers[6], workers: numbers[7],
            oldestID: parts.count > 9 ? parts[9].text : nil, isPartial: numbers[8] == 1)
    }
}
