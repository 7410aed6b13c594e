internal import Domain
internal import Platform

/// Checks that the cached rights of an API key are current, and counts the request against the key's rate limit.
struct AuthenticationScript {
    enum Decision: Int64 {
        case passed = 0
        /// Redis has a newer authorisation version.
        case stale = 1
        /// Redis has an older authorisation version, or an incomplete copy of the account.
        case unknown = 2
        case suspended = 3
        case limited = 4
    }

    struct Reply {
        let decision: Decision
        let rateLimit: RateLimitState
    }

    /// KEYS: 1 rate limit of the key, 2 credits of the organisation.
    ///
    /// ARGV: 1 cached authorisation version, 2 emission interval (µs), 3 burst (µs), 4 `0`: the request is not counted.
    /// Returns: {code, requests left, µs until all are restored, µs until the next, version that Redis has or -1};
    /// codes are those of `Decision`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(RateLimitLua.all)
        local limit_key, credits, version = KEYS[1], KEYS[2], ARGV[1]
        local account = redis.call('HMGET', credits, 'authVersion', 'status', 'balance')
        local stale = staleness(account, version)
        if stale then return {stale, 0, 0, 0, tonumber(account[1] or -1)} end
        local now = now_us()
        local stored, burst = (redis.call('GET', limit_key) or 0) + 0, ARGV[3] + 0
        local arrival, left, reset, retry = rate_limit(stored, now, ARGV[2] + 0, burst)
        local is_counted, is_active = ARGV[4] ~= '0', account[2] == 'active'
        if not arrival and (is_counted or is_active) then return {4, 0, reset, retry, version + 0} end
        if is_counted then count(limit_key, arrival, now, stored, burst) end
        return {is_active and 0 or 3, left, reset, 0, version + 0}
        """)

    let key: APIKey
    /// False only asks whether a request would pass.
    var isCounted = true

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let reply = try await redis.run(
            Self.script, in: key.names.slot, keys: [key.names.rateLimit, key.names.credits]
        ) { command in
            command.append(key.names.rateLimitArguments)
            command.append(isCounted ? "1" : "0")
        }
        guard let parts = reply.elements, parts.count == 5,
            let decision = parts[0].integer.flatMap({ Decision(rawValue: $0) })
        else { throw .unexpectedReply("\(reply)") }
        return Reply(decision: decision, rateLimit: RateLimitState(parts))
    }
}
