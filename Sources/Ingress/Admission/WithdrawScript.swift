internal import Domain
internal import Platform

/// Cancels a session whose acceptance is unknown, or leaves a tombstone that refuses its late admission.
struct WithdrawScript {
    enum Reply: Int64 {
        case alreadyClaimed = -1
        case neverAccepted = 0
        case withdrawn = 1
    }

    private static let tombstoneSeconds: Int64 = 300

    /// KEYS: 1 session, 2 credits, 3 holds.
    ///
    /// ARGV: 1 session id, 2 lifetime of the tombstone (s), 3 idempotency word (`IdempotencyLua`; empty: no idempotency key).
    /// Returns: a code of `Reply`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        \(RateLimitLua.nowUs)
        \(IdempotencyLua.entries)
        local session, credits, holds, id = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
        local known = redis.call('HMGET', session, 'lane', 'claims')
        if known[2] then return -1 end
        if not known[1] then
          redis.call('HSET', session, 'withdrawn', '1')
          redis.call('EXPIRE', session, ARGV[2])
          return 0
        end
        redis.call('HSET', session, 'cancel', '1')
        settle(credits, holds, '', '', {id})
        if ARGV[3] ~= '' then idempotency_entries().delete(credits, ARGV[3], now_us(), id) end
        return 1
        """)

    let id: SessionID
    let job: TryOnJob
    let names: TenantKeys

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let reply = try await redis.run(Self.script, in: names.slot, keyCount: 3) { command in
            command.append(prefix: names.sessionPrefix, id)
            command.append(names.credits)
            command.append(names.holds)
            command.append(id)
            command.append(Self.tombstoneSeconds)
            command.append(IdempotencyKey(of: job)?.word(of: job.organizationID, before: id) ?? "")
        }
        guard let read = reply.integer.flatMap({ Reply(rawValue: $0) }) else { throw .unexpectedReply("\(reply)") }
        return read
    }
}
