internal import Domain
internal import Platform

/// Counts the failed authentications of one address in a window.
struct FailedAuthenticationScript {
    struct Reply {
        let failures: Int64
        /// Time until the window ends.
        let secondsLeft: Int64
    }

    /// KEYS: 1 failures of the address.
    ///
    /// ARGV: 1 window (s), 2 new failures. Returns: {failures in this window, seconds left of it}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local failures = redis.call('INCRBY', KEYS[1], ARGV[2])
        if failures == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
        return {failures, redis.call('TTL', KEYS[1])}
        """)

    let source: FailedAuthenticationSource
    let failures: Int64
    let window: Duration

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let name = redis.keys.addressLimit(source.description)
        let reply = try await redis.run(Self.script, in: RedisSlot(key: name), keys: [name]) { command in
            command.append(window.milliseconds() / 1_000)
            command.append(failures)
        }
        guard let parts = reply.elements, parts.count == 2, let failures = parts[0].integer,
            let left = parts[1].integer
        else { throw .unexpectedReply("\(reply)") }
        return Reply(failures: failures, secondsLeft: left)
    }
}
