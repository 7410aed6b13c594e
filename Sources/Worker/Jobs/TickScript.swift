internal import Domain
internal import Platform

/// The periodic work on one queue in one shard: renews leases, reaps dead workers, and promotes what is due.
struct TickScript {
    /// The result of a tick.
    struct Reply {
        /// The ids of the jobs that Redis lists as held by this process.
        var heldIDs: [String]
        /// Time until the next delayed job or resting lane is due; nil if there is none.
        var nextDue: Duration?
        var reaped: Int
        var buried: Int
        /// Whether lanes have work: a worker may have missed its wake-up.
        var hasWork: Bool
    }

    /// One of the queues of the shard.
    struct Part {
        let queue: QueueName
        let crashPolicy: CrashPolicy
    }

    /// The message by which a worker sees that its subscription is alive.
    static let echo = "echo"

    /// Renews the worker's leases, reaps dead workers, promotes what is due, and returns the ids that the worker holds; for
    /// several queues of one shard.
    ///
    /// If the last tick of a queue is too old (ARGV 4), or in the future, the shard itself was unavailable: every
    /// lease is extended, so that none expires. A reaped job goes to the head of its lane. A job that has crashed too
    /// many workers goes to the burial queue, if its kind has one.
    ///
    /// KEYS: for each queue: queue, pulse, burial queue (the queue itself if none).
    ///
    /// ARGV: 1 boot, 2 lease (ms), 3 a boot that is known to be dead, or empty, 4 maximum age of the last tick (ms),
    /// 5 a message to the worker itself, or empty, then for each queue: job key prefix, crashes until burial.
    /// Returns: for each queue {1} if the worker is fenced; else {0, time until the next is due (ms; -1: none), reaped,
    /// buried, number of lanes that have work, {ids that the worker holds}}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .push, .leave, .wake, .promote, .nextDue))
        local boot, lease, known_dead, pulse_max, echo = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]

        local function tick(q, pulse, burial, jobs, burial_crashes)
          local now, leases = now_ms(), q .. ':leases'
          local left, reaped, buried = 256, 0, 0

          -- Counts a crash, if the job had started; in company nobody knows whose fault it was, and the job is only marked.
          local function count_crash(id, known)
            local crashes = tonumber(known[4] or 0)
            if not known[3] then return crashes end
            if known[5] or crashes == 0 then crashes = redis.call('HINCRBY', jobs .. id, 'crashes', 1) end
            redis.call('HDEL', jobs .. id, 'started', 'alone')
            return crashes
          end

          local function release_or_bury(id)
            local known = redis.call('HMGET', jobs .. id, 'lane', 'weight', 'started', 'crashes', 'alone')
            local lane, weight = known[1], tonumber(known[2])
            if not lane then return end
            if count_crash(id, known) >= burial_crashes and burial ~= q then
              redis.call('HDEL', jobs .. id, 'crashes')
              leave(q, lane, weight)
              push(burial, lane, id)
              wake(burial)
              buried = buried + 1
            else
              push_first(q, lane, id)
              leave(q, lane, weight)
              wake(q)
              reaped = reaped + 1
            end
          end

          local function reap(dead)
            redis.call('ZADD', leases, 0, dead)
            local theirs = q .. ':processing:' .. dead
            while left > 0 do
              local id = redis.call('LPOP', theirs)
              if not id then break end
              left = left - 1
              release_or_bury(id)
            end
            if redis.call('LLEN', theirs) == 0 then redis.call('ZREM', leases, dead) end
          end

          local last = tonumber(redis.call('GET', pulse) or now)
          redis.call('SET', pulse, string.format('%.0f', now))
          local lease_end = redis.call('ZSCORE', leases, boot)
          local held = redis.call('LRANGE', q .. ':processing:' .. boot, 0, -1)
          if (lease_end and tonumber(lease_end) == 0) or (not lease_end and #held > 0) then return {1} end
          redis.call('ZADD', leases, now + lease, boot)
          if now - last > pulse_max or now < last then
            for _, other in ipairs(redis.call('ZRANGE', leases, 1, '+inf', 'BYSCORE')) do
              redis.call('ZADD', leases, 'GT', now + lease, other)
            end
          end
          local dead = redis.call('ZRANGE', leases, '-inf', now, 'BYSCORE', 'LIMIT', 0, 4)
          if known_dead ~= '' and redis.call('ZSCORE', leases, known_dead) then dead[#dead + 1] = known_dead end
          for _, other in ipairs(dead) do reap(other) end
          promote(q, jobs, now)
          local waiting_lanes = redis.call('LLEN', q .. ':ring')
          if waiting_lanes > 0 then wake(q) end
          return {0, next_due(q, now), reaped, buried, waiting_lanes, held}
        end

        if echo ~= '' then redis.call('PUBLISH', 'wake:' .. boot, echo) end
        local replies = {}
        for index = 1, #KEYS / 3 do
          local key, arg = 3 * index, 2 * index + 4
          replies[index] = tick(KEYS[key - 2], KEYS[key - 1], KEYS[key], ARGV[arg], tonumber(ARGV[arg + 1]))
        end
        return replies
        """)

    let boot: String
    let shard: Int
    let parts: [Part]
    /// An earlier boot of this instance, which is known to be dead.
    var deadBoot: String?
    /// Whether the worker is sent the message `echo`.
    var echoes = false

    /// Runs the script.
    /// - Returns: a reply for each queue, in order; nil if the worker is fenced there.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Reply?] {
        let names = redis.keys
        let places = parts.map { part in
            (
                part, QueuePlace(part.queue, shard: shard),
                QueuePlace(part.crashPolicy.burial ?? part.queue, shard: shard)
            )
        }
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: places.flatMap { _, place, burial in
                [
                    names.queue(place.queue, shard: shard), names.pulse(place.queue, shard: shard),
                    names.queue(burial.queue, shard: shard),
                ]
            }
        ) { command in
            command.append(boot)
            command.append(QueueTimes.leaseMs)
            command.append(deadBoot ?? "")
            command.append(QueueTimes.pulseMsMax)
            command.append(echoes ? Self.echo : "")
            for (part, place, _) in places {
                command.append(names.jobPrefix(place.queue, shard: shard))
                command.append(Int64(part.crashPolicy.crashesMax))
            }
        }
        guard let replies = reply.elements, replies.count == parts.count else { throw .unexpectedReply("\(reply)") }
        var read: [Reply?] = []
        for reply in replies { read.append(try Self.read(reply)) }
        return read
    }

    private static func read(_ reply: RedisReply) throws(RedisError) -> Reply? {
        guard let parts = reply.elements, let isFenced = parts.first?.integer else {
            throw .unexpectedReply("\(reply)")
        }
        if isFenced == 1 { return nil }
        guard parts.count == 6, let held = parts[5].elements else { throw .unexpectedReply("\(reply)") }
        return Reply(
            heldIDs: held.compactMap(\.text), nextDue: QueueTimes.due(parts[1]),
            reaped: Int(parts[2].integer ?? 0), buried: Int(parts[3].integer ?? 0), hasWork: parts[4].integer != 0)
    }
}
