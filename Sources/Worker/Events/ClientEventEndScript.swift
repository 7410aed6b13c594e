internal import Domain
internal import Platform

/// Ends events in Redis: deletes their jobs, and enqueues their deliveries.
struct ClientEventEndScript {
    /// An event that is written.
    struct Ended {
        let claim: Claim
        let deliveries: [PendingDelivery]
    }

    /// KEYS: 1 queue, 2 delivery queue, then jobs.
    ///
    /// ARGV: 1 boot, 2 delivery key prefix, then for each job: id, claim number, number of deliveries, and for each delivery:
    /// id, lane, limits of the lane. Returns: for each job 1, or 0 if the worker does not hold it (any more).
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .finish))
        \(DispatchLua.dispatch)
        local jobs, at = {}, 3
        for index = 3, #KEYS do
          local last = at + 2 + \(PendingDelivery.argumentCount) * tonumber(ARGV[at + 2])
          jobs[#jobs + 1] = {key = KEYS[index], id = ARGV[at], number = ARGV[at + 1]}
          pcall(dispatch, KEYS[2], ARGV[2], at + 3, last)
          at = last + 1
        end
        return finish(KEYS[1], ARGV[1], jobs)
        """)

    let boot: String
    let place: QueuePlace
    let ended: [Ended]

    /// Runs the script.
    /// - Returns: for each event, in order: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Bool] {
        let (shard, names) = (place.shard, redis.keys)
        let jobs = names.jobPrefix(place.queue, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keyCount: 2 + ended.count
        ) { command in
            command.append(names.queue(place.queue, shard: shard))
            command.append(names.queue(.webhooks, shard: shard))
            for one in ended { command.append(prefix: jobs, one.claim.id) }
            command.append(boot)
            command.append(names.jobPrefix(.webhooks, shard: shard))
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
