/// The Lua functions that the queue scripts share.
///
/// `q` is the key prefix of one queue in one shard. These keys begin with it, and have the shard's hash tag:
/// - `q:lane:<lane>` list of ids, newest left; claimed from the right
/// - `q:ring` list of the lanes that have work, served from the right, `q:ringed` set of its members
/// - `q:parked` set of lanes at their cap, `q:resting` zset of paused lanes → end of the pause (ms)
/// - `q:overtaken` zset of lanes that become starved → time (ms) when its next job first did not fit;
///   `q:reservation` string: boot of the worker that keeps weight free for a starved lane;
///   `q:cooldown` string: while it exists, no worker begins a reservation
/// - `q:inflight` hash lane → weight in flight, `q:caps` hash lane → its cap
/// - `q:limits` hash lane → its limits (`LaneLimitLua`), `q:paced` hash lane → when its next job may begin (µs)
/// - `q:processing:<boot>` list of ids that a worker holds, `q:leases` zset boot → end (ms; 0: being reaped)
/// - `q:delayed` zset id → due (ms)
/// - `q:broken` zset of lanes whose circuit breaker is not closed → next probe (ms)
///
/// In what a script runs for each job, a number that is the same in each call is written as a text: Redis formats a number of Lua
/// by `printf`, which costs it 1,500 instructions.
///
/// A job is a hash: lane, weight, attempts, crashes, claims, started, alone, cancel, and its kind's payload fields.
package enum QueueLua {
    /// The functions in the order in which Lua must read them: each uses only those before it.
    package enum Function: CaseIterable {
        case nowMs, ring, push, leave, wake, awaitWork, drop, release, finish, promote, nextDue

        fileprivate var text: String {
            switch self {
            case .nowMs: QueueLua.nowMs
            case .ring: QueueLua.ring
            case .push: QueueLua.push
            case .leave: QueueLua.leave
            case .wake: QueueLua.wake
            case .awaitWork: QueueLua.awaitWork
            case .drop: QueueLua.drop
            case .release: QueueLua.release
            case .finish: QueueLua.finish
            case .promote: QueueLua.promote
            case .nextDue: QueueLua.nextDue
            }
        }

        /// Every function that this one uses.
        fileprivate var used: [Function] {
            switch self {
            case .nowMs, .ring, .wake, .awaitWork, .drop, .nextDue: []
            case .push, .leave: [.ring]
            case .release: [.nowMs, .ring, .push, .leave, .wake, .drop]
            case .finish: [.ring, .leave, .wake]
            case .promote: [.ring, .push]
            }
        }
    }

    /// The Lua text of these functions and of those that they use; a script begins with it.
    package static func define(_ functions: Function...) -> String {
        let wanted = Set(functions + functions.flatMap(\.used))
        return Function.allCases.filter(wanted.contains).map(\.text).joined(separator: "\n")
    }

    /// `now_ms()`: Redis's time in ms since 1970.
    private static let nowMs = """
        local function now_ms()
          local time = redis.call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        """

    /// `ring(q, lane)`: appends a lane that has work to `q:ring`, unless it is there, parked or resting.
    private static let ring = """
        local function ring(q, lane)
          if redis.call('SISMEMBER', q .. ':parked', lane) == 1 then return end
          if redis.call('ZSCORE', q .. ':resting', lane) then return end
          if redis.call('LLEN', q .. ':lane:' .. lane) == 0 then return end
          if redis.call('SADD', q .. ':ringed', lane) == 1 then redis.call('LPUSH', q .. ':ring', lane) end
        end
        """

    /// `push(q, lane, id)`: adds a job as the last of its lane; `push_first(q, lane, id)`: adds it as the next.
    private static let push = """
        local function push(q, lane, id)
          redis.call('LPUSH', q .. ':lane:' .. lane, id)
          ring(q, lane)
        end
        local function push_first(q, lane, id)
          redis.call('RPUSH', q .. ':lane:' .. lane, id)
          ring(q, lane)
        end
        """

    /// `leave(q, lane, weight)`: subtracts a job's weight from its lane's weight in flight, and unparks the lane.
    private static let leave = """
        local function leave(q, lane, weight)
          if redis.call('HINCRBY', q .. ':inflight', lane, -weight) <= 0 then
            redis.call('HDEL', q .. ':inflight', lane)
          end
          redis.call('SREM', q .. ':parked', lane)
          ring(q, lane)
        end
        """

    /// `wake(q)`: wakes one waiting worker for a queue; removes workers that do not listen any more, 8 at most.
    ///
    /// Workers that found no work are in the set `waiters:{sNN}:<queue>`: the name of the queue with another first word. The
    /// message is the name of the queue. Returns whether one was woken.
    private static let wake = """
        local function wake(q)
          local waiters = 'waiters' .. string.sub(q, 6)
          for _ = 1, 8 do
            local boot = redis.call('SPOP', waiters)
            if not boot then return false end
            if redis.call('PUBLISH', 'wake:' .. boot, q) > 0 then return true end
          end
          return false
        end
        """

    /// The key `idle:{sNN}:<queue>` as a Lua expression of `q`: while it is absent, no worker waits.
    ///
    /// An admission reads it together with other keys, and deletes it when it finds that none waits any more.
    package static let idle = "'idle' .. string.sub(q, 6)"

    /// `await_work(q, boot)`: adds a worker to those that `wake` wakes.
    ///
    /// Nothing else adds to them.
    private static let awaitWork = """
        local function await_work(q, boot)
          if redis.call('SADD', 'waiters' .. string.sub(q, 6), boot) == 1 then redis.call('SET', \(idle), '1') end
        end
        """

    /// `promote(q, jobs, now)`: enqueues due delayed jobs, and resumes due resting lanes, 64 of each at most.
    ///
    /// `jobs` is the key prefix of the queue's jobs.
    private static let promote = """
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

    /// `next_due(q, now)`: ms until the next delayed job or resting lane is due; -1 if there is none.
    ///
    /// A span, not a time: the clocks of workers may differ from Redis's.
    private static let nextDue = """
        local function next_due(q, now)
          local due = redis.call('ZRANGE', q .. ':delayed', 0, 0, 'WITHSCORES')[2]
          local rest = redis.call('ZRANGE', q .. ':resting', 0, 0, 'WITHSCORES')[2]
          if rest and (not due or tonumber(rest) < tonumber(due)) then due = rest end
          return due and math.max(0, math.ceil(tonumber(due) - now)) or -1
        end
        """

    /// `drop(q, job, boot, id, number)`: takes a job out of the list of those that a worker holds.
    ///
    /// Returns false, and changes nothing, if the worker does not hold this claim of the job (any more). The number is
    /// that of the claim: the same worker may have claimed the job again. It is empty if only the id is known.
    private static let drop = """
        local function drop(q, job, boot, id, number)
          local claims = redis.call('HGET', job, 'claims')
          if number ~= '' and claims and claims ~= number then return false end
          -- From the end that has the oldest claims: they are acknowledged first.
          return redis.call('LREM', q .. ':processing:' .. boot, '-1', id) == 1
        end
        """

    /// `release(q, job, boot, id, number, delay, counts_attempt)`: releases a job to the head of its lane, or until its delay
    /// (ms) has passed.
    ///
    /// Returns false, and changes nothing, if the worker does not hold this claim of the job (any more).
    private static let release = """
        local function release(q, job, boot, id, number, delay, counts_attempt)
          if not drop(q, job, boot, id, number) then return false end
          local known = redis.call('HMGET', job, 'lane', 'weight')
          if not known[1] then return true end
          if counts_attempt then redis.call('HINCRBY', job, 'attempts', '1') end
          redis.call('HDEL', job, 'started', 'alone')
          if delay > 0 then
            redis.call('ZADD', q .. ':delayed', now_ms() + delay, id)
          else
            push_first(q, known[1], id)
          end
          leave(q, known[1], tonumber(known[2]))
          wake(q)
          return true
        end
        """

    /// `finish(q, boot, jobs)`: deletes jobs that the worker holds, and wakes workers for the rest.
    ///
    /// Each of `jobs` has a `key`, an `id` and the `number` of its claim. Returns a list: 1 for each, or 0, without a change,
    /// if the worker does not hold the job (any more). Each lane is left once.
    private static let finish = """
        local function finish(q, boot, jobs)
          -- All is read before anything is written: an error at one job must not leave another one half done.
          for _, job in ipairs(jobs) do
            local known = redis.call('HMGET', job.key, 'claims', 'lane', 'weight')
            job.claims, job.lane, job.weight = known[1], known[2], tonumber(known[3] or 0) or 0
          end
          local results, lanes, weights, done = {}, {}, {}, {}
          for index, job in ipairs(jobs) do
            local claims, lane = job.claims, job.lane
            results[index] = 0
            if (not claims or claims == job.number) and redis.call('LREM', q .. ':processing:' .. boot, '-1', job.id) == 1 then
              results[index], done[#done + 1] = 1, job.key
              if lane and not weights[lane] then lanes[#lanes + 1] = lane end
              if lane then weights[lane] = (weights[lane] or 0) + job.weight end
            end
          end
          if #done > 0 then redis.call('DEL', unpack(done)) end
          -- What is damaged in one lane must not keep the others from being left.
          for _, lane in ipairs(lanes) do pcall(leave, q, lane, weights[lane]) end
          if #lanes == 0 or redis.call('LLEN', q .. ':ring') == 0 then return results end
          for _, result in ipairs(results) do
            if result == 1 and not wake(q) then break end
          end
          return results
        end
        """
}
