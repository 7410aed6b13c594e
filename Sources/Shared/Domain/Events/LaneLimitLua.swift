/// The Lua functions that keep the limits of a lane: `q:limits` hash lane → `WebhookLimits.text`.
///
/// `q:caps` has the cap that holds now: that of the circuit breaker if it is not closed, else that of the limits.
package enum LaneLimitLua {
    /// `lane_limit(limit)`: returns cap (nil: the standard), µs between two jobs, whether the lane is ordered, and the version.
    ///
    /// `reset_cap(q, lane, limit)` sets the cap of a lane whose circuit breaker is closed. `set_limit(q, lane, limit)` stores
    /// limits, unless newer ones are there: attempts that began before a change end after it.
    package static let all = """
        local function lane_limit(limit)
          local cap, interval, ordered, version = string.match(limit or '', '^(%d+) (%d+) (%d) (%d+)$')
          if cap == '0' then cap = nil end
          return tonumber(cap), tonumber(interval or 0), ordered == '1', tonumber(version or 0)
        end
        local function reset_cap(q, lane, limit)
          local cap = lane_limit(limit)
          if cap then redis.call('HSET', q .. ':caps', lane, cap) else redis.call('HDEL', q .. ':caps', lane) end
        end
        local function set_limit(q, lane, limit)
          local cap, _, is_ordered, version = lane_limit(limit)
          local stored = redis.call('HGET', q .. ':limits', lane)
          if stored == limit or not stored and not cap then return end
          local _, _, was_ordered, stored_version = lane_limit(stored)
          if stored and version < stored_version then return end
          redis.call('HDEL', q .. ':paced', lane)
          -- The standard limits are kept, too, once there were others: their version refuses older ones.
          redis.call('HSET', q .. ':limits', lane, limit)
          if not redis.call('ZSCORE', q .. ':broken', lane) then
            reset_cap(q, lane, limit)
          elseif cap then
            -- The circuit breaker may have a lower one.
            local present = tonumber(redis.call('HGET', q .. ':caps', lane) or cap)
            redis.call('HSET', q .. ':caps', lane, math.min(present, cap))
          end
          -- A delivery that failed before holds up the others no longer.
          if was_ordered and not is_ordered and not redis.call('ZSCORE', q .. ':broken', lane) then
            redis.call('ZREM', q .. ':resting', lane)
          end
          redis.call('SREM', q .. ':parked', lane)
        end
        """
}
