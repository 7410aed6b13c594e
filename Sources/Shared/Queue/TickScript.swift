/// The chores of one queue in one shard: leases, what dead workers held, and what is due.
package enum TickScript {
    /// Renews the worker's lease, reaps the dead, promotes what is due, and shows the worker what it holds.
    ///
    /// Where the last tick of the shard is long ago, or in the future, the shard itself was away: every lease is extended,
    /// and nobody is reaped. A reaped job goes to the head of its lane; one that has crashed
    /// three workers that ran nothing else is buried.
    ///
    /// KEYS: 1 queue, 2 pulse, 3 waiters, 4 burial queue, 5 waiters of burials.
    /// ARGV: 1 boot, 2 lease (ms), 3 job prefix, 4 crashes until burial, 5 wake-up message, 6 of burials, 7 a boot that is
    /// known to be dead, or empty, 8 longest pulse (ms).
    /// Returns: {0 | 1 fenced, next due (ms; 0: none), reaped, buried, lanes that have work, ids that the worker holds …}.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueScript.opening)
        \(QueueScript.wake)
        \(QueueScript.leave)
        \(QueueScript.promote)
        local boot, lease, job = ARGV[1], tonumber(ARGV[2]), ARGV[3]
        local leases, mine = P .. ':leases', P .. ':processing:' .. boot
        local last = tonumber(redis.call('GET', KEYS[2]) or now)
        redis.call('SET', KEYS[2], string.format('%.0f', now))
        local own = redis.call('ZSCORE', leases, boot)
        local held = redis.call('LRANGE', mine, 0, -1)
        if (own and tonumber(own) == 0) or (not own and #held > 0) then return {1, '0', 0, 0, 0} end
        redis.call('ZADD', leases, now + lease, boot)
        if now - last > tonumber(ARGV[8]) or now < last then
          for _, other in ipairs(redis.call('ZRANGE', leases, 1, '+inf', 'BYSCORE')) do
            redis.call('ZADD', leases, 'GT', now + lease, other)
          end
        end
        local dead = redis.call('ZRANGE', leases, '-inf', now, 'BYSCORE', 'LIMIT', 0, 4)
        if ARGV[7] ~= '' and redis.call('ZSCORE', leases, ARGV[7]) then dead[#dead + 1] = ARGV[7] end
        local left, reaped, buried = 256, 0, 0
        for _, other in ipairs(dead) do
          redis.call('ZADD', leases, 0, other)
          local theirs = P .. ':processing:' .. other
          while left > 0 do
            local id = redis.call('LPOP', theirs)
            if not id then break end
            left = left - 1
            local known = redis.call('HMGET', job .. id, 'lane', 'weight', 'started', 'crashes', 'alone')
            local lane = known[1]
            if lane then
              local crashes = tonumber(known[4] or 0)
              if known[3] then
                -- In company nobody knows whose fault it was: the job is only marked, to run alone.
                if known[5] or crashes == 0 then crashes = redis.call('HINCRBY', job .. id, 'crashes', 1) end
                redis.call('HDEL', job .. id, 'started', 'alone')
              end
              if crashes >= tonumber(ARGV[4]) and KEYS[4] ~= P then
                redis.call('HDEL', job .. id, 'crashes')
                leave(lane, tonumber(known[2]))
                local queue = P
                P = KEYS[4]
                redis.call('LPUSH', P .. ':lane:' .. lane, id)
                ring(lane)
                P = queue
                wake(KEYS[5], ARGV[6])
                buried = buried + 1
              else
                redis.call('RPUSH', P .. ':lane:' .. lane, id)
                leave(lane, tonumber(known[2]))
                wake(KEYS[3], ARGV[5])
                reaped = reaped + 1
              end
            end
          end
          if redis.call('LLEN', theirs) == 0 then redis.call('ZREM', leases, other) end
        end
        promote(job)
        if redis.call('LLEN', P .. ':ring') > 0 then wake(KEYS[3], ARGV[5]) end
        \(QueueScript.nextDue)
        local out = {0, due or '0', reaped, buried, redis.call('LLEN', P .. ':ring')}
        for _, id in ipairs(held) do out[#out + 1] = id end
        return out
        """)
}
