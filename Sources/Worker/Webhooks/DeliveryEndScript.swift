internal import Domain
internal import Platform

/// Ends attempts at deliveries: counts what they say about their endpoints, and acknowledges or releases their jobs.
struct DeliveryEndScript {
    /// The results of one call.
    struct Reply {
        /// For each delivery, in order: whether this process still held it.
        let wereHeld: [Bool]
        /// The circuit breakers that have opened.
        let breakersOpened: Int
    }

    /// A result counts only if this process holds the job, so that a repeated call counts it once.
    ///
    /// KEYS: 1 queue, then jobs.
    ///
    /// ARGV: 1 boot, 2 prefix of the circuit breakers, 3 attempts that may be made at once at an endpoint without limits,
    /// 4 jitter (per mille), then for each job: id, claim number, lane, limits of the lane, verdict, delay (ms; empty: it has
    /// ended). A delayed job of an ordered lane is the next of its lane, which rests meanwhile.
    /// Returns: {number of breakers that have opened, then for each job 1, or 0 if the worker does not hold it (any more)}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .push, .release, .finish))
        \(LaneLimitLua.all)
        \(CircuitBreakerLua.countResults)
        local q, boot, prefix, most, jitter = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]) / 1000
        local now, lanes, verdicts, limits, ended, places, results, opened = now_ms(), {}, {}, {}, {}, {}, {}, 0
        local has_limits = redis.call('EXISTS', q .. ':limits') == 1

        local function rest(lane, delay)
          redis.call('ZADD', q .. ':resting', 'GT', string.format('%d', now + delay), lane)
          if redis.call('SREM', q .. ':ringed', lane) == 1 then redis.call('LREM', q .. ':ring', '1', lane) end
        end

        local function delayed(job, lane, limit, delay)
          local _, _, is_ordered = lane_limit(limit)
          local is_held = release(q, job.key, boot, job.id, job.number, is_ordered and 0 or delay, true)
          if is_held and is_ordered then rest(lane, delay) end
          return is_held and 1 or 0
        end

        for index = 2, #KEYS do
          local at = 6 * index - 7
          local job, lane, limit, delay = {key = KEYS[index], id = ARGV[at], number = ARGV[at + 1]}, ARGV[at + 2], ARGV[at + 3], ARGV[at + 5]
          if has_limits or string.sub(limit, 1, 2) ~= '0 ' then
            -- The attempt may have begun before a change: what is stored holds.
            set_limit(q, lane, limit)
            limit = redis.call('HGET', q .. ':limits', lane) or ''
          end
          limits[lane] = limit
          if delay == '' then
            ended[#ended + 1], places[#places + 1] = job, index
          else
            results[index] = delayed(job, lane, limit, tonumber(delay))
          end
        end
        for index, result in ipairs(finish(q, boot, ended)) do results[places[index]] = result end
        for index = 2, #KEYS do
          local lane, verdict = ARGV[6 * index - 5], ARGV[6 * index - 3]
          if results[index] == 1 then
            if not verdicts[lane] then lanes[#lanes + 1], verdicts[lane] = lane, {} end
            table.insert(verdicts[lane], verdict)
          end
        end
        for _, lane in ipairs(lanes) do
          opened = opened
            + count_results(q, prefix .. lane, lane, limits[lane], verdicts[lane], now, lane_limit(limits[lane]) or most, jitter)
        end
        results[1] = opened
        return results
        """)

    let boot: String
    let place: QueuePlace
    let ends: [DeliveryEnd]
    let jitter: Double

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let prefix = names.jobPrefix(queue, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keyCount: 1 + ends.count
        ) { command in
            command.append(names.queue(queue, shard: shard))
            for end in ends { command.append(prefix: prefix, end.claim.id) }
            command.append(boot)
            command.append(names.circuitBreakerPrefix(shard: shard))
            command.append(Int64(CircuitBreaker.attemptsAtOnceMax))
            command.append(Int64((jitter * 1_000).rounded()))
            for end in ends {
                command.append(end.claim.id)
                command.append(end.claim.number)
                command.append(end.claim.job.lane)
                command.append(end.limits.text)
                command.append(end.verdict.rawValue)
                command.append(end.retryAfter.map { String($0.milliseconds(rounded: .up)) } ?? "")
            }
        }
        guard let read = reply.elements, read.count == 1 + ends.count, let opened = read[0].integer else {
            throw .unexpectedReply("\(reply)")
        }
        return Reply(wereHeld: read.dropFirst().map { $0.integer == 1 }, breakersOpened: Int(opened))
    }
}
