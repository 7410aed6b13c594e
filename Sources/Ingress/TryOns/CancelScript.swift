internal import Domain
internal import Platform

/// Marks a session as canceled, and releases its hold if no worker has claimed it.
struct CancelScript {
    enum Reply: Int64 {
        /// Redis does not know the session.
        case unknown = 0
        /// No worker has claimed it: it is never charged.
        case waiting = 1
        /// A worker has claimed it, or had claimed it before: it may be charged.
        case claimed = 2
    }

    /// The session stays in its lane, because lanes are not searched; the worker that claims it ends it.
    ///
    /// The mark is 1 if no worker had claimed it, so that it ends as canceled for certain; else 2.
    ///
    /// KEYS: 1 session, 2 credits, 3 holds, 4 watchers.
    ///
    /// ARGV: 1 session id. Returns: a code of `Reply`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        \(WatchLua.notify)
        local known = redis.call('HMGET', KEYS[1], 'lane', 'claims')
        if not known[1] then return 0 end
        redis.call('HSETNX', KEYS[1], 'cancel', known[2] and '2' or '1')
        notify(KEYS[4], {ARGV[1]})
        if known[2] then return 2 end
        settle(KEYS[2], KEYS[3], '', '', {ARGV[1]})
        return 1
        """)

    let id: SessionID
    let names: TenantKeys

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let reply = try await redis.run(Self.script, in: names.slot, keyCount: 4) { command in
            command.append(prefix: names.sessionPrefix, id)
            command.append(names.credits)
            command.append(names.holds)
            command.append(redis.keys.watchers(shard: names.place.shard))
            command.append(id)
        }
        guard let read = reply.integer.flatMap({ Reply(rawValue: $0) }) else { throw .unexpectedReply("\(reply)") }
        return read
    }
}
