/// How a worker takes jobs: the one script that decides who is next.
package enum ClaimScript {
    /// Claims jobs, one of each lane in turn, until the worker is full or a whole round gives nothing.
    ///
    /// A job that crashed a worker is claimed by a worker that holds nothing else, and nothing is claimed beside it. A lane
    /// with work in flight leaves the reserve to others. For a lane whose job others have overtaken for a while, one worker makes
    /// room: the reply names the weight, and until it is there, or the time is over, this worker claims nothing else.
    ///
    /// KEYS: 1 queue, 2 waiters.
    /// ARGV: 1 boot, 2 free weight, 3 reserve of it, 4 lease (ms), 5 cap of a lane, 6 job prefix, 7 most jobs, 8 jobs that the
    /// process holds in all shards, 9 patience of a heavy job (ms), 10 how long one worker makes room (ms).
    /// Returns: {0 | 1 fenced, the sum of 1 (a crashed job waits for an empty worker), 2 (work is left for want of room) and
    /// 4 × the weight that must be free for a job, next due (ms; 0: none), then for each job: id, claim number, attempts,
    /// crashes, cancel, body, photo, weight, lane}.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueScript.opening)
        \(QueueScript.promote)
        local boot, free, reserve, job = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[6]
        local mine = P .. ':processing:' .. boot
        local lease = redis.call('ZSCORE', P .. ':leases', boot)
        local held = redis.call('LLEN', mine)
        if (lease and tonumber(lease) == 0) or (not lease and held > 0) then return {1, 0, 0} end
        redis.call('ZADD', P .. ':leases', now + tonumber(ARGV[4]), boot)
        promote(job)
        local out, taken, alone, idle, chosen, room, passed = {0, 0, 0}, 0, false, 0, false, 0, {}
        if held == 1 then
          local crashes = redis.call('HGET', job .. redis.call('LINDEX', mine, 0), 'crashes')
          alone = crashes and tonumber(crashes) > 0
        end
        -- Room is made by one worker at a time, for the lane that was overtaken first, and not without a pause.
        local owner = redis.call('GET', P .. ':room')
        if owner == boot or (not owner and redis.call('EXISTS', P .. ':calm') == 0) then
          local oldest = now - tonumber(ARGV[9])
          local crowded = redis.call('HGETALL', P .. ':crowded')
          for index = 1, #crowded, 2 do
            local lane, since = crowded[index], tonumber(crowded[index + 1])
            if redis.call('EXISTS', P .. ':lane:' .. lane) == 0 then
              redis.call('HDEL', P .. ':crowded', lane)
            elseif since < oldest and redis.call('SISMEMBER', P .. ':ringed', lane) == 1
              and tonumber(redis.call('HGET', P .. ':inflight', lane) or 0)
                < tonumber(redis.call('HGET', P .. ':caps', lane) or ARGV[5]) then
              chosen, oldest = lane, since
            end
          end
          if chosen then
            if not owner then
              redis.call('SET', P .. ':room', boot, 'PX', ARGV[10])
              redis.call('SET', P .. ':calm', boot, 'PX', ARGV[10] + ARGV[9])
            end
            local id = redis.call('LINDEX', P .. ':lane:' .. chosen, -1)
            room = tonumber(redis.call('HGET', job .. id, 'weight') or 0)
              + (redis.call('HEXISTS', P .. ':inflight', chosen) == 1 and reserve or 0)
          elseif owner then
            redis.call('DEL', P .. ':room')
          end
        end
        while not alone and free > 0 and taken < tonumber(ARGV[7]) and idle < redis.call('LLEN', P .. ':ring') do
          local lane = redis.call('RPOP', P .. ':ring')
          local flying = tonumber(redis.call('HGET', P .. ':inflight', lane) or 0)
          local cap = tonumber(redis.call('HGET', P .. ':caps', lane) or ARGV[5])
          local id = redis.call('LINDEX', P .. ':lane:' .. lane, -1)
          local stay, got = id ~= false, false
          if id and flying >= cap then
            redis.call('SADD', P .. ':parked', lane)
            stay = false
          elseif id then
            local known = redis.call('HMGET', job .. id, 'weight', 'crashes', 'attempts', 'cancel', 'body', 'photo')
            local weight, crashes = tonumber(known[1]), tonumber(known[2] or 0)
            local empty = ARGV[8] == '0' and taken == 0
            if not weight then
              redis.call('RPOP', P .. ':lane:' .. lane)
              got = true
            elseif crashes > 0 and not empty then
              out[2] = 1
            elseif (not chosen or chosen == lane) and (empty or weight <= (flying > 0 and free - reserve or free)) then
              if chosen then
                redis.call('DEL', P .. ':room')
                redis.call('SET', P .. ':calm', boot, 'PX', ARGV[9])
              end
              chosen, room, passed[lane] = false, 0, nil
              redis.call('HDEL', P .. ':crowded', lane)
              redis.call('LMOVE', P .. ':lane:' .. lane, mine, 'RIGHT', 'LEFT')
              redis.call('HINCRBY', P .. ':inflight', lane, weight)
              local claim = redis.call('HINCRBY', job .. id, 'claims', 1)
              local n = #out
              out[n + 1], out[n + 2], out[n + 3], out[n + 4] = id, claim, known[3] or '0', known[2] or '0'
              out[n + 5], out[n + 6], out[n + 7] = known[4] or '0', known[5] or '', known[6] or ''
              out[n + 8], out[n + 9] = known[1], lane
              free, taken, got = free - weight, taken + 1, true
              alone = crashes > 0
              if alone then redis.call('HSET', job .. id, 'alone', '1') end
            elseif weight > 1 then
              passed[lane] = true
            end
            stay = redis.call('EXISTS', P .. ':lane:' .. lane) == 1
          end
          if stay then redis.call('LPUSH', P .. ':ring', lane) else redis.call('SREM', P .. ':ringed', lane) end
          -- A lane that has left the ring has shortened the round.
          idle = got and 0 or stay and idle + 1 or idle
        end
        -- A worker that is merely full has let nobody overtake.
        if taken > 0 then
          for lane in pairs(passed) do
            redis.call('HSETNX', P .. ':crowded', lane, string.format('%.0f', now))
          end
        end
        if taken == 0 then redis.call('SADD', KEYS[2], boot) end
        if redis.call('LLEN', P .. ':ring') > 0 then out[2] = out[2] + 2 end
        out[2] = out[2] + 4 * room
        \(QueueScript.nextDue)
        out[3] = due or '0'
        return out
        """)
}
