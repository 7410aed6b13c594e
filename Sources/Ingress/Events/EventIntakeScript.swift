internal import Domain
internal import Platform

/// Checks and enqueues events of a client in one atomic step: all of them, or none.
struct EventIntakeScript {
    enum Decision: Equatable {
        /// The ids of the events, in order; those of a repeated idempotency key are the first ones.
        case accepted([EventID])
        case stale, unknown, suspended, limited, saturated
        /// The idempotency key of the event at this position was used with another event.
        case mismatch(Int)
    }

    struct Reply {
        let decision: Decision
        let rateLimit: RateLimitState
    }

    static let laneEventsMax: Int64 = 100_000

    /// Only the rate limit is written before the last check.
    ///
    /// A job that exists was enqueued by an earlier call whose reply
    /// was lost: then all of them were.
    ///
    /// KEYS: 1 rate limit of the key, 2 credits, 3 queue, then the job of each event.
    ///
    /// ARGV: 1 cached authorisation version, 2 emission interval (µs), 3 burst (µs), 4 lane, then for each event: id, body,
    /// idempotency word (`IdempotencyLua`; empty: no idempotency key). Returns: {code, requests left, µs until all are restored, µs until the next,
    /// values}. Codes and values: 0 accepted: ids; 1 stale; 2 unknown; 3 suspended; 4 limited; 6 lane full; 8 another event:
    /// its position, counted from 0.
    static let script = RedisScript(
        """
        #!lua
        \(RateLimitLua.all)
        \(IdempotencyLua.entries)
        \(QueueLua.define(.ring, .wake))
        local limit_key, q, lane = KEYS[1], KEYS[3], ARGV[4]
        local account = redis.call('HMGET', KEYS[2], 'authVersion', 'status', 'balance')
        local stale = staleness(account, ARGV[1])
        if stale then return {stale, 0, 0, 0} end
        local events, new, reply = #KEYS - 3, {}, {0, 0, 0, 0}
        local is_repeated, entries = false, idempotency_entries()
        for index = 1, events do is_repeated = is_repeated or redis.call('EXISTS', KEYS[index + 3]) == 1 end
        local now = now_us()
        local stored, burst = (redis.call('GET', limit_key) or 0) + 0, ARGV[3] + 0
        local arrival, left, reset, retry = rate_limit(stored, now, ARGV[2] + 0, burst)
        if not is_repeated then
          if not arrival then return {4, 0, reset, retry} end
          count(limit_key, arrival, now, stored, burst)
        end
        if account[2] ~= 'active' then return {3, left, reset, 0} end
        reply[2], reply[3] = left, reset
        for index = 1, events do
          local at = 3 * index + 2
          local id, word = ARGV[at], ARGV[at + 2]
          local first, is_same
          if word ~= '' then first, is_same = entries.find(q, word, now) end
          if first then
            if not is_same then return {8, left, reset, 0, index - 1} end
          elseif not is_repeated then
            new[#new + 1] = index
          end
          reply[index + 4] = first or id
        end
        if #new == 0 then return reply end
        local lane_key = q .. ':lane:' .. lane
        if redis.call('LLEN', lane_key) + #new > \(laneEventsMax) then return {6, left, reset, 0} end
        for _, index in ipairs(new) do
          local at = 3 * index + 2
          if ARGV[at + 2] ~= '' then entries.keep(q, ARGV[at + 2], now, ARGV[at], '0') end
          redis.call('HSET', KEYS[index + 3], 'lane', lane, 'weight', '1', 'body', ARGV[at + 1])
          redis.call('LPUSH', lane_key, ARGV[at])
        end
        ring(q, lane)
        wake(q)
        return reply
        """)

    let events: [EventSubmission]
    var key: APIKey

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let names = redis.keys
        let shard = key.names.place.shard
        let reply = try await redis.run(Self.script, in: key.names.slot, keyCount: 3 + events.count) { command in
            command.append(key.names.rateLimit)
            command.append(key.names.credits)
            command.append(names.queue(.events, shard: shard))
            for event in events { command.append(names.job(.events, shard: shard, event.id.description)) }
            command.append(key.names.rateLimitArguments)
            command.append(key.organizationID)
            for event in events {
                command.append(event.id)
                command.append(bytes: event.body)
                command.append(event.idempotency?.word(of: key.organizationID, before: event.id) ?? "")
            }
        }
        guard let parts = reply.elements, let decision = decision(parts) else { throw .unexpectedReply("\(reply)") }
        return Reply(decision: decision, rateLimit: RateLimitState(parts))
    }

    private func decision(_ parts: [RedisReply]) -> Decision? {
        switch parts.first?.integer {
        case 0:
            let ids = parts.dropFirst(4).compactMap { $0.text.flatMap { EventID($0) } }
            return ids.count == events.count ? .accepted(ids) : nil
        case 1: return .stale
        case 2: return .unknown
        case 3: return .suspended
        case 4: return .limited
        case 6: return .saturated
        case 8: return parts.count > 4 ? parts[4].integer.map { .mismatch(Int($0)) } : nil
        default: return nil
        }
    }
}
