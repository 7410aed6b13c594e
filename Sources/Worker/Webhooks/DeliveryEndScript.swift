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
    /// ARGV: 1 boot, 2 prefix of the circuit breakers, 3 attempts that may be made at once at an endpoint, 4 jitter (per
    /// mille), then for each job: id, claim number, lane, verdict, delay (ms; empty: it has ended).
    /// Returns: {number of breakers that have opened, then for each job 1, or 0 if the worker does not hold it (any more)}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .push, .release, .finish))
        \(CircuitBreakerLua.countResults)
        local q, boot, prefix, most, jitter = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]) / 1000
        local now, lanes, verdicts, ended, places, results, opened = now_ms(), {}, {}, {}, {}, {}, 0
        for index = 2, #KEYS do
          local job = {key = KEYS[index], id = ARGV[5 * index - 5], number = ARGV[5 * index - 4]}
          local delay = ARGV[5 * index - 1]
          if delay == '' then
            ended[#ended + 1], places[#places + 1] = job, index
          else
            results[index] = release(q, job.key, boot, job.id, job.number, tonumber(delay), true) and 1 or 0
          end
        end
        for index, result in ipairs(finish(q, boot, ended)) do results[places[index]] = result end
        for index = 2, #KEYS do
          local lane = ARGV[5 * index - 3]
          if results[index] == 1 then
            if not verdicts[lane] then lanes[#lanes + 1], verdicts[lane] = lane, {} end
            table.insert(verdicts[lane], ARGV[5 * index - 2])
          end
        end
        for _, lane in ipairs(lanes) do
          opened = opened + count_results(q, prefix .. lane, lane, verdicts[lane], now, most, jitter)
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
