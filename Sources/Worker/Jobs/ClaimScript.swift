// Longer than 300 lines because a script, its arguments and its reply stand in one file.

internal import Domain
internal import Platform

/// Claims jobs; this script alone decides which job is next.
struct ClaimScript {
    /// The result of a claim.
    struct Reply {
        var jobs: [Claim]
        /// Whether a job that crashed a worker waits for a worker that holds no jobs.
        var isExclusiveJobWaiting: Bool
        /// The lanes that still have work.
        var lanesLeft: Int
        /// The lanes at the end of the rotation that this claim looked at in vain.
        var lanesMissed: Int
        /// Whether a lane was left because this process holds its share of it.
        var hasLaneAtShare: Bool
        /// The weight that this process must keep free for a starved lane; 0 if none.
        var reservedWeight: Int
        /// Time until the next delayed job or resting lane is due; nil if there is none.
        var nextDue: Duration?
    }

    /// Lanes without a fitting job after which a claim ends; the next claim goes on with the lanes after them.
    static let missesMax: Int64 = 64

    /// Claims one job of each lane in turn, until the worker is full, a whole round claims nothing, or many lanes
    /// (ARGV 11) have no fitting job.
    ///
    /// - A job that crashed a worker is exclusive: only a worker that holds no jobs claims it, and that worker claims
    ///   no other job beside it.
    /// - A lane with work in flight leaves the reserve to other lanes.
    /// - A lane is starved if its next job did not fit for some time (ARGV 9) while other lanes overtook it. One worker
    ///   at a time makes a reservation for the lane that has starved longest: until the job fits, or the reservation
    ///   expires, it claims nothing else. A cooldown follows.
    ///
    /// KEYS: 1 queue.
    ///
    /// ARGV: 1 boot, 2 free weight, 3 reserve (part of the free weight), 4 lease (ms), 5 default weight cap of a lane,
    /// 6 job key prefix, 7 maximum number of jobs, 8 number of jobs that the process holds in all shards, 9 time until
    /// a waiting lane is starved (ms), 10 duration of a reservation (ms), 11 lanes to look at without a result, 12 jobs
    /// of a lane to claim (-1: no limit), 13 weight of a job in the process (0: its own), 14 the number of lanes with
    /// another share, then for each {lane, jobs, weight}, then the names of the payload fields.
    /// Returns: {1} if the worker is fenced; else {0, 1 if an exclusive job waits, number of lanes that have work,
    /// reserved weight, time until the next is due (ms; -1: none), lanes looked at in vain since the last claimed job, 1 if
    /// a lane was left because of its share, then for each job {id, claim number, attempts, crashes, cancel, weight, lane, payload fields...}}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.nowMs, .promote, .nextDue, .awaitWork))
        local q = KEYS[1]
        local boot, free, reserve, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local default_cap, jobs, jobs_max, holds_nothing = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8] == '0'
        local starved_after, reservation_ms, misses_max = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
        local jobs_left, job_weights, fields = {}, {}, 15 + 3 * tonumber(ARGV[14])
        for index = 15, fields - 1, 3 do
          jobs_left[ARGV[index]], job_weights[ARGV[index]] = tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])
        end
        local now, mine = now_ms(), q .. ':processing:' .. boot
        local has_caps, has_overtaken = redis.call('EXISTS', q .. ':caps') == 1, redis.call('EXISTS', q .. ':overtaken') == 1
        local has_limits = has_caps and redis.call('EXISTS', q .. ':limits') == 1

        -- What is known of each lane is read once; the weights in flight are written at the end.
        local weights, taken, caps, next_ids = {}, {}, {}, {}
        local function in_flight(lane)
          weights[lane] = weights[lane] or tonumber(redis.call('HGET', q .. ':inflight', lane) or 0)
          return weights[lane]
        end
        local function cap(lane)
          if not has_caps then return default_cap end
          caps[lane] = caps[lane] or tonumber(redis.call('HGET', q .. ':caps', lane) or default_cap)
          return caps[lane]
        end
        -- Lets a lane with a rate rest until its next job may begin; up to 0.1 s of jobs may begin at once.
        local function rests_after(lane)
          local interval = has_limits and string.match(redis.call('HGET', q .. ':limits', lane) or '', '^%d+ (%d+)')
          if not interval or interval == '0' then return false end
          local now_us = now * 1000
          local arrival = math.max(tonumber(redis.call('HGET', q .. ':paced', lane) or 0), now_us) + tonumber(interval)
          redis.call('HSET', q .. ':paced', lane, string.format('%d', arrival))
          local next_ms = math.ceil((arrival - math.max(0, 100000 - interval)) / 1000)
          if next_ms <= now then return false end
          redis.call('ZADD', q .. ':resting', 'GT', string.format('%d', next_ms), lane)
          return true
        end
        -- What the process may still claim of a lane, and what a job of it weighs there.
        local share_left, share_weight = ARGV[12] + 0, ARGV[13] + 0
        local function left_of(lane) return jobs_left[lane] or share_left end
        local function weight_here(lane, weight)
          local other = job_weights[lane] or share_weight
          return other > 0 and other or weight
        end
        local function next_id(lane)
          if next_ids[lane] == nil then next_ids[lane] = redis.call('LINDEX', q .. ':lane:' .. lane, '-1') end
          return next_ids[lane]
        end

        -- The ring, of which a part is taken out at a time: lanes to look at, and lanes that were looked at and stay.
        local lanes, ahead, position, behind = 0, {}, 1, {}
        local function next_lane()
          if position > #ahead then
            if lanes == #behind then
              ahead, behind = behind, {}
            else
              if #behind > 0 then redis.call('LPUSH', q .. ':ring', unpack(behind)) end
              ahead, behind = redis.call('RPOP', q .. ':ring', misses_max), {}
            end
            position = 1
          end
          position = position + 1
          return ahead[position - 1]
        end
        local function put_back()
          local unseen = {}
          for index = #ahead, position, -1 do unseen[#unseen + 1] = ahead[index] end
          if #unseen > 0 then redis.call('RPUSH', q .. ':ring', unpack(unseen)) end
          if #behind > 0 then redis.call('LPUSH', q .. ':ring', unpack(behind)) end
        end

        -- The lane that has starved longest. Lanes that cannot be served now are dropped: their wait begins again.
        local function longest_starved()
          if not has_overtaken then return false end
          local overtaken = redis.call('ZRANGE', q .. ':overtaken', '-inf', now - starved_after, 'BYSCORE', 'LIMIT', 0, misses_max)
          for _, lane in ipairs(overtaken) do
            if redis.call('SISMEMBER', q .. ':ringed', lane) == 1 and redis.call('EXISTS', q .. ':lane:' .. lane) == 1
              and in_flight(lane) < cap(lane) then
              -- Another process may make room for a lane of which this one holds its share.
              if left_of(lane) ~= 0 then return lane end
            else
              redis.call('ZREM', q .. ':overtaken', lane)
            end
          end
          return false
        end

        -- The lane that this worker makes room for, and the weight that must be free for it.
        local function reservation()
          local owner = redis.call('GET', q .. ':reservation')
          if owner and owner ~= boot then return false, 0 end
          if not owner and redis.call('EXISTS', q .. ':cooldown') == 1 then return false, 0 end
          local lane = longest_starved()
          if not lane then
            if owner then redis.call('DEL', q .. ':reservation') end
            return false, 0
          end
          if not owner then
            redis.call('SET', q .. ':reservation', boot, 'PX', reservation_ms)
            redis.call('SET', q .. ':cooldown', boot, 'PX', reservation_ms + starved_after)
          end
          local weight = tonumber(redis.call('HGET', jobs .. next_id(lane), 'weight') or 0)
          return lane, weight_here(lane, weight) + (redis.call('HEXISTS', q .. ':inflight', lane) == 1 and reserve or 0)
        end

        local function take(lane, id, known, weight)
          redis.call('LMOVE', q .. ':lane:' .. lane, mine, 'RIGHT', 'LEFT')
          next_ids[lane], weights[lane] = nil, weights[lane] + weight
          taken[lane] = (taken[lane] or 0) + weight
          if left_of(lane) > 0 then jobs_left[lane] = left_of(lane) - 1 end
          if has_overtaken then redis.call('ZREM', q .. ':overtaken', lane) end
          local number = redis.call('HINCRBY', jobs .. id, 'claims', '1')
          local job = {id, number, known[3] or '0', known[2] or '0', known[4] or '0', known[1], lane}
          for index = 5, #known do job[#job + 1] = known[index] or '' end
          return job
        end

        local lease_end = redis.call('ZSCORE', q .. ':leases', boot)
        local held = redis.call('LLEN', mine)
        if (lease_end and tonumber(lease_end) == 0) or (not lease_end and held > 0) then return {1} end
        redis.call('ZADD', q .. ':leases', now + lease, boot)
        promote(q, jobs, now)
        lanes = redis.call('LLEN', q .. ':ring')

        local alone = false
        if held == 1 then
          local crashes = redis.call('HGET', jobs .. redis.call('LINDEX', mine, '0'), 'crashes')
          alone = crashes and tonumber(crashes) > 0
        end
        local reserved, reserved_weight = reservation()
        local claimed, overtaken, idle, misses, exclusive_waits, share_ends = {}, {}, 0, 0, 0, 0
        -- Claims the next job of a lane; returns whether the lane stays in the ring, and whether its first job is gone.
        local function serve(lane)
          local id, weight_in_flight = next_id(lane), in_flight(lane)
          local stays, progress, rests = id ~= false, false, false
          if id and weight_in_flight >= cap(lane) then
            redis.call('SADD', q .. ':parked', lane)
            stays = false
          elseif id and left_of(lane) ~= 0 then
            local known = redis.call('HMGET', jobs .. id, 'weight', 'crashes', 'attempts', 'cancel', unpack(ARGV, fields))
            local own_weight, crashes = tonumber(known[1]), (known[2] or 0) + 0
            local weight = own_weight and weight_here(lane, own_weight)
            local empty = holds_nothing and #claimed == 0
            local room = weight_in_flight > 0 and free - reserve or free
            if not weight then
              -- The job's hash is gone: nothing is left to claim.
              redis.call('RPOP', q .. ':lane:' .. lane)
              next_ids[lane], progress = nil, true
            elseif crashes > 0 and not empty then
              exclusive_waits = 1
            elseif (not reserved or reserved == lane) and (empty or weight <= room) then
              if reserved then
                redis.call('DEL', q .. ':reservation')
                redis.call('SET', q .. ':cooldown', boot, 'PX', starved_after)
              end
              reserved, reserved_weight, overtaken[lane] = false, 0, nil
              claimed[#claimed + 1] = take(lane, id, known, own_weight)
              free, progress, alone = free - weight, true, crashes > 0
              if alone then redis.call('HSET', jobs .. id, 'alone', '1') end
              rests = rests_after(lane)
            elseif weight > 1 then
              overtaken[lane] = true
            end
            stays = next_id(lane) ~= false and not rests
          elseif id then
            share_ends = 1
          end
          return stays, progress
        end

        while not alone and free > 0 and #claimed < jobs_max and misses < misses_max and idle < lanes do
          local lane = next_lane()
          local is_served, stays, progress = pcall(serve, lane)
          -- A lane whose keys are damaged must not take others with it: it stays, and counts as looked at in vain.
          if not is_served then stays, progress = true, false end
          if stays then
            behind[#behind + 1] = lane
          else
            redis.call('SREM', q .. ':ringed', lane)
            lanes = lanes - 1
          end
          -- A lane that has left the ring has shortened the round.
          idle = progress and 0 or stays and idle + 1 or idle
          misses = progress and misses or misses + 1
        end

        put_back()
        for lane, weight in pairs(taken) do redis.call('HINCRBY', q .. ':inflight', lane, weight) end
        if #claimed == 0 then
          await_work(q, boot)
        else
          -- Only a worker that took other jobs has let them overtake; one that is merely full has not.
          for lane in pairs(overtaken) do redis.call('ZADD', q .. ':overtaken', 'NX', now, lane) end
        end
        return {0, exclusive_waits, lanes, reserved_weight, next_due(q, now), idle, share_ends, unpack(claimed)}
        """)

    let boot: String
    let place: QueuePlace
    let laneWeightMax: Int
    /// The additional weight that this process can hold.
    let freeWeight: Int
    /// The part of `freeWeight` that is kept for lanes without work in flight.
    let reserve: Int
    let jobsMax: Int
    /// The number of jobs that this process holds, of all queues and shards that share its slots.
    let heldJobs: Int
    var room = LaneRoom()

    /// Runs the script.
    /// - Throws: `fenced`, or `redis` if Redis fails or its reply has an unexpected shape.
    func run(_ redis: RedisStore) async throws(QueueError) -> Reply {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await redis.run(
                Self.script, in: names.slot(ofShard: shard),
                keys: [names.queue(queue, shard: shard)]
            ) { command in
                command.append(boot)
                command.append(Int64(freeWeight))
                command.append(Int64(reserve))
                command.append(QueueTimes.leaseMs)
                command.append(Int64(laneWeightMax))
                command.append(names.jobPrefix(queue, shard: shard))
                command.append(Int64(jobsMax))
                command.append(Int64(heldJobs))
                command.append(QueueTimes.starvedAfterMs)
                command.append(QueueTimes.reservationMs)
                command.append(Self.missesMax)
                command.append(Int64(room.standard.jobsMax ?? -1))
                command.append(Int64(room.standard.weight ?? 0))
                command.append(Int64(room.lanes.count))
                for (lane, share) in room.lanes {
                    command.append(lane)
                    command.append(Int64(share.jobsMax ?? -1))
                    command.append(Int64(share.weight ?? 0))
                }
                for field in queue.payloadFields { command.append(field) }
            }
        } catch {
            throw .redis(error)
        }
        return try read(reply)
    }

    private func read(_ reply: RedisReply) throws(QueueError) -> Reply {
        guard let parts = reply.elements, let isFenced = parts.first?.integer else {
            throw .redis(.unexpectedReply("\(reply)"))
        }
        if isFenced == 1 { throw .fenced }
        let jobs = parts.dropFirst(7).compactMap(claim)
        guard parts.count >= 7, jobs.count == parts.count - 7 else { throw .redis(.unexpectedReply("\(reply)")) }
        return Reply(
            jobs: jobs, isExclusiveJobWaiting: parts[1].integer == 1, lanesLeft: Int(parts[2].integer ?? 0),
            lanesMissed: Int(parts[5].integer ?? 0), hasLaneAtShare: parts[6].integer == 1,
            reservedWeight: Int(parts[3].integer ?? 0),
            nextDue: QueueTimes.due(parts[4]))
    }

    private func claim(_ reply: RedisReply) -> Claim? {
        guard let parts = reply.elements, parts.count == 7 + place.queue.payloadFields.count,
            let id = parts[0].text, let number = parts[1].integer, let attempts = parts[2].integer,
            let crashes = parts[3].integer, let weight = parts[5].integer, let lane = parts[6].text
        else { return nil }
        return Claim(
            place: place, job: Job(id: id, lane: lane, weight: Int(weight), payload: parts[7...].map(\.bytes)),
            number: number, attempts: Int(attempts), crashes: Int(crashes),
            isCancelRequested: ["1", "2"].contains(parts[4].text))
    }
}
