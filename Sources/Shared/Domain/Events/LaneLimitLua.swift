/// The Lua functions that keep the limits of a lane: `q:limits` hash lane → `WebhookLimits.text`.
///
/// `q:caps` has the cap that holds now: that of the circuit breaker if it is not closed, else that of the limits.
package enum LaneLimitLua {
    /// `lane_limit(limit)`: returns cap (nil: the standard), µs between two jobs, and whether the lane is ordered;
    /// `reset_cap(q, lane, limit)`: sets the cap of a lane whose circuit breaker is closed;
    /// `set_limit(q, lane, limit)`: stores the limits of a lane, if they have changed.
    package static let all = """
        local function lane_limit(limit)
          local cap, interval, ordered = string.match(limit or '', '^(%d+) (%d+) (%d)$')
          return tonumber(cap), tonumber(interval or 0), ordered == '1'
        end
        local function reset_cap(q, lane, limit)
          local cap = lane_limit(limit)
          if cap then redis.call('HSET', q .. ':caps', lane, cap) else redis.call('HDEL', q .. ':caps', lane) end
        end
        local function set_limit(q, lane, limit)
          if (redis.call('HGET', q .. ':limits', lane) or '') == limit then return end
          redis.call('HDEL', q .. ':paced', lane)
          if limit == '' then
            redis.call('HDEL', q .. ':limits', lane)
          else
            redis.call('HSET', q .. ':limits', lane, limit)
          end
          if not redis.call('ZSCORE', q .. ':broken', lane) then reset_cap(q, lane, limit) end
          redis.call('SREM', q .. ':parked', lane)
        end
        """
}
