internal import Domain

/// The Lua function that counts the results of an endpoint's attempts, and opens and closes its circuit breaker.
///
/// A breaker is a hash (`RedisKeys.circuitBreaker`):
/// - `state`: `open` or `ramp`; none: closed. An open one whose `until` (ms) has passed is half-open.
/// - `reason`, `openedAt` (ms), `opens`: how often it has opened since it was closed for good
/// - `row`: attempts in a row without an answer; `window`: for each of the last six slots of 10 s: slot, attempts, failures
/// - `successes`: answers in half-open; `ramp`: attempts that may be made at once
enum CircuitBreakerLua {
    private static let slotMs = 10_000
    private static let slots = 6
    private static let attemptsMin = 10
    private static let unreachableMax = 5
    private static let openMs = 15_000
    private static let openMsMax = 600_000
    private static let probes = 3
    /// After this time without an attempt everything is forgotten.
    private static let lifetimeMs = 24 * 60 * 60 * 1_000

    /// `count_results(q, key, lane, limit, verdicts, now, most, jitter)`: counts the verdicts (`EndpointVerdict`) of attempts,
    /// in order.
    ///
    /// `limit`: the lane's limits (`LaneLimitLua`); `most`: attempts that may be made at once; `jitter`: factor of the time until the next probe. Returns 1 if the breaker
    /// has opened. While it is open its lane rests, so no attempt is made; then it has a cap of 1, which is the probe. Results
    /// that come while it is open belong to attempts that began before, and change nothing.
    static let countResults = """
        local function count_results(q, key, lane, limit, verdicts, now, most, jitter)
          local known = redis.call('HMGET', key, 'state', 'until', 'opens', 'row', 'window', 'successes', 'ramp')
          local state, open_until = known[1] or 'closed', tonumber(known[2] or 0)
          local opens, row, successes = tonumber(known[3] or 0), tonumber(known[4] or 0), tonumber(known[6] or 0)
          local ramp, slot, opened = tonumber(known[7] or 1), math.floor(now / \(slotMs)), 0
          local counts, attempts, failures = {}, 0, 0
          for at, all, bad in string.gmatch(known[5] or '', '(%d+) (%d+) (%d+)') do
            if tonumber(at) > slot - \(slots) and tonumber(at) <= slot then
              counts[#counts + 1] = {tonumber(at), tonumber(all), tonumber(bad)}
              attempts, failures = attempts + tonumber(all), failures + tonumber(bad)
            end
          end
          if #counts == 0 or counts[#counts][1] ~= slot then counts[#counts + 1] = {slot, 0, 0} end
          local current = counts[#counts]

          local function open(reason)
            opens, opened, successes, row, counts, attempts, failures = opens + 1, 1, 0, 0, {{slot, 0, 0}}, 0, 0
            current, state = counts[1], 'open'
            open_until = now + math.floor(math.min(\(openMsMax), \(openMs) * 2 ^ (opens - 1)) * jitter)
            redis.call('HSET', key, 'reason', reason, 'openedAt', string.format('%d', now))
            redis.call('HSET', q .. ':caps', lane, '1')
            redis.call('ZADD', q .. ':resting', 'GT', string.format('%d', open_until), lane)
            redis.call('ZADD', q .. ':broken', string.format('%d', open_until), lane)
            if redis.call('SREM', q .. ':ringed', lane) == 1 then redis.call('LREM', q .. ':ring', '1', lane) end
          end
          local function close()
            state, opens, successes, row = 'closed', 0, 0, 0
            redis.call('HDEL', key, 'reason', 'openedAt')
            reset_cap(q, lane, limit)
            redis.call('ZREM', q .. ':broken', lane)
          end

          -- The breaker of an endpoint that had no events for a day has expired.
          if not known[1] and redis.call('ZSCORE', q .. ':broken', lane) then close() end
          for _, verdict in ipairs(verdicts) do
            local is_bad = verdict == 'f' or verdict == 't'
            if state == 'open' and now < open_until or verdict == 'n' then
              -- Nothing is learned.
            elseif state == 'open' then
              if is_bad then
                open(verdict == 't' and 'unreachable' or 'failing')
              else
                successes = successes + 1
                if successes >= \(probes) then
                  state, ramp = 'ramp', 2
                  if ramp >= most then close() else redis.call('HSET', q .. ':caps', lane, '2') end
                end
              end
            else
              attempts, current[2] = attempts + 1, current[2] + 1
              if is_bad then failures, current[3] = failures + 1, current[3] + 1 end
              row = verdict == 't' and row + 1 or 0
              if row >= \(unreachableMax) then
                open('unreachable')
              elseif state == 'ramp' and is_bad or attempts >= \(attemptsMin) and 2 * failures >= attempts then
                open('failing')
              elseif state == 'ramp' then
                -- One more for each answer doubles what is under way in each round.
                ramp = ramp + 1
                if ramp >= most then close() else redis.call('HSET', q .. ':caps', lane, ramp) end
              end
            end
          end

          local words = {}
          for _, one in ipairs(counts) do words[#words + 1] = string.format('%d %d %d', one[1], one[2], one[3]) end
          redis.call('HSET', key, 'state', state, 'until', string.format('%d', open_until), 'opens', opens, 'row', row,
            'window', table.concat(words, ' '), 'successes', successes, 'ramp', ramp)
          redis.call('PEXPIRE', key, \(lifetimeMs))
          return opened
        end
        """
}
