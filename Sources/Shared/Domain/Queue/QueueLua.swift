/// The Lua functions that the scripts of the queues share.
///
/// `q` is the key prefix of one queue in one shard. These keys begin with it; all carry the shard's hash tag.
/// - `q:lane:<lane>` list of ids, newest left; claimed from the right
/// - `q:ring` list of the lanes that have work, `q:ringed` set of its members
/// - `q:parked` set of lanes at their cap, `q:resting` zset of lanes until a time (ms)
/// - `q:crowded` hash, the starved lanes: lane → since when (ms) its next job found no room;
///   `q:room` string, the reservation: the boot that makes room; `q:calm` string, the cooldown: nobody begins a reservation
/// - `q:inflight` hash lane → weight in flight, `q:caps` hash lane → most of it
/// - `q:processing:<boot>` list of ids that a worker holds, `q:leases` zset boot → end (ms; 0: being reaped)
/// - `q:delayed` zset id → due (ms)
///
/// A job is a hash: lane, weight, attempts, crashes, claims, started, alone, cancel, and its kind's payload fields.
package enum QueueLua {
    /// `now_ms()`: Redis's time in milliseconds.
    package static let nowMs = """
        local function now_ms()
          local time = redis.call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        """

    /// `ring(q, lane)`: a lane that has work joins the ring, unless it is parked or resting.
    package static let ring = """
        local function ring(q, lane)
          if redis.call('SISMEMBER', q .. ':parked', lane) == 1 then return end
          if redis.call('ZSCORE', q .. ':resting', lane) then return end
          if redis.call('LLEN', q .. ':lane:' .. lane) == 0 then return end
          if redis.call('SADD', q .. ':ringed', lane) == 1 then redis.call('LPUSH', q .. ':ring', lane) end
        end
        """

    /// `push(q, lane, id)`: the last of its lane; `push_first(q, lane, id)`: the next of its lane.
    ///
    /// Both need `ring`.
    package static let push = """
        local function push(q, lane, id)
          redis.call('LPUSH', q .. ':lane:' .. lane, id)
          ring(q, lane)
        end
        local function push_first(q, lane, id)
          redis.call('RPUSH', q .. ':lane:' .. lane, id)
          ring(q, lane)
        end
        """

    /// `leave(q, lane, weight)`: a job is in flight no more.
    ///
    /// It needs `ring`.
    package static let leave = """
        local function leave(q, lane, weight)
          if redis.call('HINCRBY', q .. ':inflight', lane, -weight) <= 0 then
            redis.call('HDEL', q .. ':inflight', lane)
          end
          redis.call('SREM', q .. ':parked', lane)
          ring(q, lane)
        end
        """

    /// `wake(waiters, message)`: wakes one waiting worker; a worker that has gone is dropped, and the next is tried.
    package static let wake = """
        local function wake(waiters, message)
          for _ = 1, 8 do
            local boot = redis.call('SPOP', waiters)
            if not boot then return end
            if redis.call('PUBLISH', 'wake:' .. boot, message) > 0 then return end
          end
        end
        """

    /// `promote(q, jobs, now)`: brings back the delayed jobs and resting lanes that are due.
    ///
    /// It needs `push`; `jobs` is the prefix of the names of the queue's jobs.
    package static let promote = """
        local function promote(q, jobs, now)
          for _, id in ipairs(redis.call('ZRANGE', q .. ':delayed', '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
            redis.call('ZREM', q .. ':delayed', id)
            local lane = redis.call('HGET', jobs .. id, 'lane')
            if lane then push(q, lane, id) end
          end
          for _, lane in ipairs(redis.call('ZRANGE', q .. ':resting', '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
            redis.call('ZREM', q .. ':resting', lane)
            ring(q, lane)
          end
        end
        """

    /// `next_due(q)`: when a delayed job or a resting lane is due next (ms); `'0'` if nothing is.
    package static let nextDue = """
        local function next_due(q)
          local due = redis.call('ZRANGE', q .. ':delayed', 0, 0, 'WITHSCORES')[2]
          local rest = redis.call('ZRANGE', q .. ':resting', 0, 0, 'WITHSCORES')[2]
          if rest and (not due or tonumber(rest) < tonumber(due)) then return rest end
          return due or '0'
        end
        """

    /// All of them.
    package static let all = [nowMs, ring, push, leave, wake, promote, nextDue].joined(separator: "\n")
}
