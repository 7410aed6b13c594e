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

    /// KEYS: 1 session, 2 credits, 3 holds, 4 idempotency key.
    ///
    /// ARGV: 1 session id, 2 lifetime of the tombstone (s).
    /// Returns: a code of `Reply`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        local session, credits, holds, idempotency, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
        local known = redis.call('HMGET', session, 'lane', 'claims')
        if known[2] then return -1 end
        if not known[1] then
          redis.call('HSET', session, 'withdrawn', '1')
          redis.call('EXPIRE', session, ARGV[2])
          return 0
        end
        redis.call('HSET', session, 'cancel', '1')
        settle(credits, holds, '', '', {id})
        local first = redis.call('GET', idempotency)
        if first and string.find(first, id, 1, true) then redis.call('DEL', idempotency) end
        return 1
        """)

    let id: SessionID
    let idempotencyHash: String?
    let names: TenantKeys

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let reply = try await redis.run(Self.script, in: names.slot, keyCount: 4) { command in
            command.append(prefix: names.sessionPrefix, id)
            command.append(names.credits)
            command.append(names.holds)
            command.append(prefix: names.idempotencyPrefix, idempotencyHash ?? "none")
            command.append(id)
            command.append(Self.tombstoneSeconds)
        }
        guard let read = reply.integer.flatMap({ Reply(rawValue: $0) }) else { throw .unexpectedReply("\(reply)") }
        return read
    }
}
