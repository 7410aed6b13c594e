internal import Domain
internal import Platform

/// Ends sessions in Redis: settles their accounts, deletes their jobs, and enqueues the deliveries of their events.
struct SessionEndScript {
    /// Settles an account even if another worker holds the job by now, because MariaDB has already decided.
    ///
    /// KEYS: 1 queue, 2 delivery queue, 3 watchers, then those of the accounts
    /// (`Settlement`), then each job.
    ///
    /// ARGV: 1 boot, 2 delivery key prefix, 3 number of accounts, then those of the accounts, then for each job: id, claim number, number of deliveries, and for
    /// each delivery: id, lane, limits of the lane. Returns: for each job 1, or 0 if the worker does not hold it (any more); then its deliveries
    /// are not enqueued.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .finish))
        \(LedgerLua.settle)
        \(WatchLua.notify)
        \(Settlement.lua)
        \(DispatchLua.dispatch)
        local key, at = settle_all(KEYS[3], 4, 4, tonumber(ARGV[3]))
        local jobs = {}
        for index = key, #KEYS do
          local last = at + 2 + \(PendingDelivery.argumentCount) * tonumber(ARGV[at + 2])
          jobs[#jobs + 1] = {key = KEYS[index], id = ARGV[at], number = ARGV[at + 1], first = at + 3, last = last}
          at = last + 1
        end
        local results = finish(KEYS[1], ARGV[1], jobs)
        for index, job in ipairs(jobs) do
          -- The reconciler enqueues what a damaged lane does not take.
          if results[index] == 1 then pcall(dispatch, KEYS[2], ARGV[2], job.first, job.last) end
        end
        return results
        """)

    let boot: String
    let place: QueuePlace
    let ended: [SessionReport]

    /// Runs the script.
    /// - Returns: for each session, in order: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Bool] {
        let (shard, names) = (place.shard, redis.keys)
        let next = QueuePlace(.webhooks, shard: shard)
        let settlements = Settlement.all(of: ended)
        let jobs = names.jobPrefix(place.queue, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keyCount: 3 + 2 * settlements.count + ended.count
        ) { command in
            command.append(names.queue(place.queue, shard: shard))
            command.append(names.queue(next.queue, shard: shard))
            command.append(names.watchers(shard: shard))
            for settlement in settlements { settlement.writeKeys(names, to: &command) }
            for one in ended { command.append(prefix: jobs, one.claim.id) }
            command.append(boot)
            command.append(names.jobPrefix(next.queue, shard: shard))
            command.append(Int64(settlements.count))
            for settlement in settlements { settlement.writeArguments(to: &command) }
            for one in ended {
                command.append(one.claim.id)
                command.append(one.claim.number)
                command.append(Int64(one.deliveries.count))
                for delivery in one.deliveries { delivery.writeArguments(to: &command) }
            }
        }
        guard let read = reply.elements, read.count == ended.count else { throw .unexpectedReply("\(reply)") }
        return read.map { $0.integer == 1 }
    }
}
