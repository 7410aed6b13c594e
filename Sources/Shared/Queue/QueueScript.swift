/// The Lua of the queues.
///
/// A queue in a shard has these keys behind its prefix P (KEYS[1]); all carry the shard's hash tag.
/// - `P:lane:<lane>` list of ids, newest left; claimed from the right
/// - `P:ring` list of lanes that have work, `P:ringed` set of its members
/// - `P:parked` set of lanes at their cap, `P:resting` zset of lanes until a time (ms)
/// - `P:crowded` hash lane → since when (ms) its next job has found no room, `P:room` string: the boot that makes room,
///   `P:calm` string: nobody begins to make room
/// - `P:inflight` hash lane → weight under way, `P:caps` hash lane → most of it
/// - `P:processing:<boot>` list of ids that a worker holds, `P:leases` zset boot → end (ms; 0: being reaped)
/// - `P:delayed` zset id → due (ms)
///
/// A job is a hash: lane, weight, body, attempts, crashes, claims, started, cancel, and what its queue adds.
package enum QueueScript {
    /// What every script begins with: the time, and how a lane comes to where it belongs.
    static let opening = """
        local P = KEYS[1]
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function ring(lane)
          if redis.call('SISMEMBER', P .. ':parked', lane) == 1 then return end
          if redis.call('ZSCORE', P .. ':resting', lane) then return end
          if redis.call('LLEN', P .. ':lane:' .. lane) == 0 then return end
          if redis.call('SADD', P .. ':ringed', lane) == 1 then redis.call('LPUSH', P .. ':ring', lane) end
        end
        """

    /// Wakes one waiting worker; one that has gone is dropped, and the next is tried.
    static let wake = """
        local function wake(waiters, message)
          for _ = 1, 8 do
            local boot = redis.call('SPOP', waiters)
            if not boot then return end
            if redis.call('PUBLISH', 'wake:' .. boot, message) > 0 then return end
          end
        end
        """

    /// Takes an id out of flight.
    static let leave = """
        local function leave(lane, weight)
          if redis.call('HINCRBY', P .. ':inflight', lane, -weight) <= 0 then
            redis.call('HDEL', P .. ':inflight', lane)
          end
          redis.call('SREM', P .. ':parked', lane)
          ring(lane)
        end
        """

    /// Takes a job from its holder: ARGV[1] holds ARGV[2], whose hash is KEYS[2].
    ///
    /// It leaves `job` (lane, weight) in scope, or returns.
    private static let letGo = """
        if redis.call('LREM', P .. ':processing:' .. ARGV[1], 1, ARGV[2]) == 0 then return 0 end
        local job = redis.call('HMGET', KEYS[2], 'lane', 'weight')
        """

    /// When a delayed job or a resting lane is due next; it leaves `due` in scope, nil where nothing is.
    static let nextDue = """
        local due = redis.call('ZRANGE', P .. ':delayed', 0, 0, 'WITHSCORES')[2]
        local rest = redis.call('ZRANGE', P .. ':resting', 0, 0, 'WITHSCORES')[2]
        if rest and (not due or tonumber(rest) < tonumber(due)) then due = rest end
        """

    /// Brings delayed jobs and resting lanes back that are due.
    static let promote = """
        local function promote(job)
          for _, id in ipairs(redis.call('ZRANGE', P .. ':delayed', '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
            redis.call('ZREM', P .. ':delayed', id)
            local lane = redis.call('HGET', job .. id, 'lane')
            if lane then
              redis.call('LPUSH', P .. ':lane:' .. lane, id)
              ring(lane)
            end
          end
          for _, lane in ipairs(redis.call('ZRANGE', P .. ':resting', '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
            redis.call('ZREM', P .. ':resting', lane)
            ring(lane)
          end
        end
        """

    /// Enqueues a job, once.
    ///
    /// KEYS: 1 queue, 2 job, 3 waiters.
    /// ARGV: 1 id, 2 lane, 3 weight, 4 body, 5 wake-up message, 6 due (ms; 0: now), 7 photo.
    /// Returns: 1 enqueued, 0 known already.
    package static let enqueue = RedisScript(
        """
        #!lua
        \(opening)
        \(wake)
        if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        redis.call('HSET', KEYS[2], 'lane', ARGV[2], 'weight', ARGV[3], 'body', ARGV[4], 'photo', ARGV[7])
        if tonumber(ARGV[6]) > now then
          redis.call('ZADD', P .. ':delayed', ARGV[6], ARGV[1])
          return 1
        end
        redis.call('LPUSH', P .. ':lane:' .. ARGV[2], ARGV[1])
        ring(ARGV[2])
        wake(KEYS[3], ARGV[5])
        return 1
        """)

    /// Wakes another worker in the place of one that has no room.
    ///
    /// KEYS: 1 waiters. ARGV: 1 wake-up message. Returns: 1.
    package static let passOn = RedisScript(
        """
        #!lua flags=allow-oom
        \(wake)
        wake(KEYS[1], ARGV[1])
        return 1
        """)

    /// Notes that side effects begin: from here on, a worker's death counts as a crash of the job.
    ///
    /// KEYS: 1 job. ARGV: none. Returns: 1, or 0 where there is no such job.
    package static let started = RedisScript(
        """
        #!lua flags=allow-oom
        if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        redis.call('HSET', KEYS[1], 'started', '1')
        return 1
        """)

    /// Gives a job back: to its lane at once, or after a while, and counts an attempt or not.
    ///
    /// KEYS: 1 queue, 2 job, 3 waiters.
    /// ARGV: 1 boot, 2 id, 3 delay (ms), 4 `1`: count an attempt, 5 wake-up message, 6 rest of the whole lane (ms).
    /// Returns: 1, or 0 where the worker does not hold it (any more).
    package static let giveBack = RedisScript(
        """
        #!lua flags=allow-oom
        \(opening)
        \(wake)
        \(leave)
        \(letGo)
        if not job[1] then return 1 end
        if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[2], 'attempts', 1) end
        redis.call('HDEL', KEYS[2], 'started', 'alone')
        if tonumber(ARGV[3]) > 0 then
          redis.call('ZADD', P .. ':delayed', now + tonumber(ARGV[3]), ARGV[2])
        else
          redis.call('RPUSH', P .. ':lane:' .. job[1], ARGV[2])
        end
        if tonumber(ARGV[6]) > 0 then
          redis.call('ZADD', P .. ':resting', now + tonumber(ARGV[6]), job[1])
          if redis.call('SREM', P .. ':ringed', job[1]) == 1 then redis.call('LREM', P .. ':ring', 1, job[1]) end
        end
        leave(job[1], tonumber(job[2]))
        wake(KEYS[3], ARGV[5])
        return 1
        """)

    /// Acknowledges a job, settles the account that it was charged to, and enqueues the deliveries of its event.
    ///
    /// KEYS: 1 queue, 2 job, 3 waiters of the queue, 4 credits, 5 holds, 6 queue of deliveries, 7 waiters of deliveries.
    /// ARGV: 1 boot, 2 id, 3 balance (or empty), 4 credits version, 5 delivery prefix, 6 wake-up message of the queue,
    /// 7 of deliveries, then for each delivery: id, lane.
    /// Returns: 1, or 0 where the worker does not hold it (any more): then nothing is enqueued.
    package static let acknowledge = RedisScript(
        """
        #!lua flags=allow-oom
        \(opening)
        \(wake)
        \(leave)
        \(SettleScript.body)
        settle(KEYS[4], KEYS[5], ARGV[3], ARGV[4], ARGV[2])
        \(letGo)
        redis.call('DEL', KEYS[2])
        if job[1] then
          leave(job[1], tonumber(job[2]))
          if redis.call('LLEN', P .. ':ring') > 0 then wake(KEYS[3], ARGV[6]) end
        end
        P = KEYS[6]
        for index = 8, #ARGV, 2 do
          local key = ARGV[5] .. ARGV[index]
          if redis.call('EXISTS', key) == 0 then
            redis.call('HSET', key, 'lane', ARGV[index + 1], 'weight', '1', 'body', '')
            redis.call('LPUSH', P .. ':lane:' .. ARGV[index + 1], ARGV[index])
            ring(ARGV[index + 1])
            wake(KEYS[7], ARGV[7])
          end
        end
        return 1
        """)

    /// Moves a held job to the burial queue, whose handler ends it as failed.
    ///
    /// KEYS: 1 queue, 2 job, 3 burial queue, 4 waiters of burials. ARGV: 1 boot, 2 id, 3 wake-up message.
    /// Returns: 1, or 0 where the worker does not hold it (any more).
    package static let bury = RedisScript(
        """
        #!lua flags=allow-oom
        \(opening)
        \(wake)
        \(leave)
        \(letGo)
        if not job[1] then return 1 end
        leave(job[1], tonumber(job[2]))
        P = KEYS[3]
        redis.call('HDEL', KEYS[2], 'crashes', 'started')
        redis.call('LPUSH', P .. ':lane:' .. job[1], ARGV[2])
        ring(job[1])
        wake(KEYS[4], ARGV[3])
        return 1
        """)
}
