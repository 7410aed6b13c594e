/// The Lua functions of authentication and rate limits.
///
/// Texts become numbers in arithmetic (`text + 0`): `tonumber` of Redis's Lua converts twice, and a conversion costs Redis 500
/// instructions.
enum RateLimitLua {
    /// `now_us()`: Redis's time in µs since 1970.
    static let nowUs = """
        local function now_us()
          local time = redis.call('TIME')
          return time[1] * 1000000 + time[2]
        end
        """

    /// `staleness(account, version)`: compares the ingress's authorisation version, a text, with Redis's.
    ///
    /// `account` begins with authVersion, status and balance. Returns nil if the versions are equal, 1 if the ingress's
    /// is older, 2 if Redis's is older or its copy is incomplete.
    static let staleness = """
        local function staleness(account, version)
          if not account[1] or not account[2] or not account[3] then return 2 end
          if version ~= account[1] then return version + 0 < account[1] + 0 and 1 or 2 end
        end
        """

    /// `rate_limit(stored, now, interval, burst)`: the generic cell rate algorithm; all times in µs.
    ///
    /// `stored` is the value of the limit's key, a number; 0 if there is none.
    /// An arrival time beyond the burst means that the clock was set back; it is limited to the end of the burst.
    /// Returns the new arrival time (nil: limited), requests left, µs until all are restored, µs until the next request
    /// is allowed.
    static let rateLimit = """
        local function rate_limit(stored, now, interval, burst)
          local arrival = stored
          if arrival < now then arrival = now elseif arrival > now + burst then arrival = now + burst end
          local next_arrival = arrival + interval
          if next_arrival > now + burst then return nil, 0, arrival - now, next_arrival - now - burst end
          return next_arrival, math.floor((now + burst - next_arrival) / interval), next_arrival - now, 0
        end
        """

    /// `count(key, arrival, now, stored, burst)`: stores the new arrival time; `stored` is the old one, or 0.
    ///
    /// Time is divided into periods of the burst's length. The key expires one period after the one that its arrival time is
    /// in, so its expiry changes once a period, and a request within it costs an `INCRBY` only: `SET` with an expiry costs
    /// Redis three times as much.
    static let count = """
        local function count(key, arrival, now, stored, burst)
          local period = math.floor(arrival / burst)
          if math.floor(stored / burst) == period then
            redis.call('INCRBY', key, string.format('%d', arrival - stored))
          else
            local expiry_ms = math.ceil(((period + 2) * burst - now) / 1000)
            redis.call('SET', key, string.format('%d', arrival), 'PX', string.format('%d', expiry_ms))
          end
        end
        """

    /// The functions that count a request.
    static let counting = [nowUs, rateLimit, count].joined(separator: "\n")
    static let all = [staleness, counting].joined(separator: "\n")
}
