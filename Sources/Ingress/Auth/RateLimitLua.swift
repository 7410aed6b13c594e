/// The Lua functions of authentication and rate limits.
enum RateLimitLua {
    /// `now_us()`: Redis's time in microseconds.
    static let nowUs = """
        local function now_us()
          local time = redis.call('TIME')
          return time[1] * 1000000 + time[2]
        end
        """

    /// `staleness(account, version)`: whether a version of the rights is not the one that Redis has.
    ///
    /// `account` begins with authVersion, status and balance. Returns nil if it is, or one code: 1 stale, 2 Redis knows
    /// less than the ingress.
    static let staleness = """
        local function staleness(account, version)
          if not account[1] or not account[2] or not account[3] then return 2 end
          local known = tonumber(account[1])
          if version < known then return 1 end
          if version > known then return 2 end
        end
        """

    /// `rate_limit(key, now, interval, burst)`: the generic cell rate algorithm; all times in µs.
    ///
    /// An arrival time far ahead means that a clock was set back: it counts as the end of the burst. Returns the new
    /// arrival time (nil: limited), requests left, µs until all are back, µs until the next request is allowed.
    static let rateLimit = """
        local function rate_limit(key, now, interval, burst)
          local arrival = tonumber(redis.call('GET', key) or 0)
          if arrival < now then arrival = now elseif arrival > now + burst then arrival = now + burst end
          local next_arrival = arrival + interval
          if next_arrival > now + burst then return nil, 0, arrival - now, next_arrival - now - burst end
          return next_arrival, math.floor((now + burst - next_arrival) / interval), next_arrival - now, 0
        end
        """

    /// `count(key, arrival, now)`: counts a request.
    static let count = """
        local function count(key, arrival, now)
          redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
        end
        """

    /// All of them.
    static let all = [nowUs, staleness, rateLimit, count].joined(separator: "\n")
}
