package import Platform

/// Counts the jobs of every queue in one shard.
package struct QueueDepthScript {
    private static let lanesMax: Int64 = 1_000

    /// KEYS: for each queue: queue, dead letters.
    ///
    /// ARGV: 1 lanes to look at. Returns: for each queue {waiting, lanes, parked, resting, held, delayed, dead letters,
    /// workers, lanes that were looked at, broken lanes, oldest id}.
    package static let script = RedisScript(
        """
        #!lua flags=no-writes,allow-oom
        local most = tonumber(ARGV[1])

        local function depth(q, letters)
          local ring, parked = redis.call('LRANGE', q .. ':ring', 0, most - 1), redis.call('SMEMBERS', q .. ':parked')
          local resting = redis.call('ZRANGE', q .. ':resting', 0, most - 1)
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
          local lanes, paused = redis.call('LLEN', q .. ':ring'), redis.call('ZCARD', q .. ':resting')
          return {waiting, lanes, #parked, paused, held, redis.call('ZCARD', q .. ':delayed'), redis.call('XLEN', letters),
            #workers, looked, redis.call('ZCARD', q .. ':broken'), oldest}
        end

        local depths = {}
        for index = 1, #KEYS, 2 do depths[#depths + 1] = depth(KEYS[index], KEYS[index + 1]) end
        return depths
        """)

    let shard: Int

    /// Runs the script.
    /// - Returns: the depth of each queue.
    func run(_ redis: RedisStore) async throws(RedisError) -> [QueueDepth] {
        let names = redis.keys
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: QueueName.all.flatMap { [names.queue($0, shard: shard), names.deadLetters($0, shard: shard)] }
        ) { command in command.append(Self.lanesMax) }
        let parts = (reply.elements ?? []).compactMap(\.elements)
        guard parts.count == QueueName.all.count, parts.allSatisfy({ $0.count >= 10 }) else {
            throw .unexpectedReply("\(reply)")
        }
        return zip(QueueName.all, parts).map { queue, parts in
            let numbers = parts.prefix(10).map { Int($0.integer ?? 0) }
            return QueueDepth(
                place: QueuePlace(queue, shard: shard), waiting: numbers[0], lanesCounted: numbers[8],
                lanes: numbers[1], parkedLanes: numbers[2],
                restingLanes: numbers[3], held: numbers[4], delayed: numbers[5], deadLetters: numbers[6],
                brokenLanes: numbers[9],
                workers: numbers[7], oldestID: parts.count > 10 ? parts[10].text : nil)
        }
    }
}
