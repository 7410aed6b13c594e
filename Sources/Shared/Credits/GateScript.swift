/// The first steps of every keyed request: is what the ingress knows of the key still true, and is there room for it.
package enum GateScript {
    /// Whether the ingress knows the key and the organisation as they are.
    ///
    /// It leaves `now` (µs) and `account` in scope, or returns.
    static let authorisation = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local account = redis.call('HMGET', KEYS[2], 'authVersion', 'status', 'balance', 'held')
        if not account[1] or not account[2] or not account[3] then return {2} end
        if tonumber(ARGV[1]) < tonumber(account[1]) then return {1, account[1]} end
        if tonumber(ARGV[1]) > tonumber(account[1]) then return {2, account[1]} end
        """

    /// The generic cell rate algorithm.
    ///
    /// An arrival time far ahead means that a clock was set back.
    ///
    /// It leaves `arrive()`, which counts the request, `left` and `reset` in scope, or returns.
    static let limit = """
        local interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = tonumber(redis.call('GET', KEYS[1]) or 0)
        if full < now then full = now elseif full > now + burst then full = now + burst end
        local tat = full + interval
        if tat > now + burst then
          return {4, 0, string.format('%.0f', full - now), string.format('%.0f', tat - now - burst)}
        end
        local function arrive()
          redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
        end
        local left = math.floor((now + burst - tat) / interval)
        local reset = string.format('%.0f', tat - now)
        if account[2] ~= 'active' then arrive() return {3, left, reset, '0'} end
        """

    /// The generic cell rate algorithm, behind the check of the authorisation version.
    ///
    /// KEYS: 1 ratelimit of the key, 2 credits of the organisation.
    /// ARGV: 1 cached authorisation version, 2 emission interval (µs), 3 burst (µs).
    /// Returns: {code, requests left, µs until all are back, µs until the next}; codes are 0 passed, 1 stale and 2 unknown
    /// (with the version that Redis has instead), 3 suspended, 4 limited.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(authorisation)
        \(limit)
        arrive()
        return {0, left, reset, '0'}
        """)
}
