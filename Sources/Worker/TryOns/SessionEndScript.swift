internal import Domain
internal import Platform

/// Ends a session in Redis: settles its account, deletes its job, and enqueues the deliveries of its event.
struct SessionEndScript {
    /// Settles the account even if another worker holds the job by now, because MariaDB has already decided.
    ///
    /// KEYS: 1 queue, 2 job, 3 waiters of the queue, 4 credits, 5 holds, 6 delivery queue, 7 delivery waiters, 8 watchers.
    ///
    /// ARGV: 1 boot, 2 id, 3 claim number, 4 balance (or empty), 5 credits version, 6 delivery key prefix, 7 wake-up
    /// message of the queue, 8 wake-up message of the delivery queue, then for each delivery: id, lane.
    /// Returns: 1, or 0 if the worker does not hold the job (any more); then nothing is enqueued.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .finish))
        \(LedgerLua.settle)
        \(WatchLua.notify)
        \(DispatchLua.dispatch)
        local boot, id = ARGV[1], ARGV[2]
        settle(KEYS[4], KEYS[5], ARGV[4], ARGV[5], {id})
        if not finish(KEYS[1], KEYS[2], KEYS[3], boot, id, ARGV[3], ARGV[7]) then return 0 end
        dispatch(KEYS[6], KEYS[7], ARGV[6], ARGV[8], ARGV, 9)
        notify(KEYS[8], id)
        return 1
        """)

    let boot: String
    let claim: Claim
    let organizationID: OrganizationID
    /// The balance that MariaDB has committed; nil if unchanged.
    let account: Account?
    let deliveries: [PendingDelivery]

    /// Runs the script.
    /// - Returns: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let (place, shard, names) = (claim.place, claim.place.shard, redis.keys)
        let next = QueuePlace(.webhooks, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.queue(place.queue, shard: shard), names.job(place.queue, shard: shard, claim.id),
                names.waiters(place.queue, shard: shard), names.credits(organizationID), names.holds(organizationID),
                names.queue(next.queue, shard: shard), names.waiters(next.queue, shard: shard),
                names.watchers(shard: shard),
            ]
        ) { command in
            command.append(boot)
            command.append(claim.id)
            command.append(claim.number)
            command.append(account.map { String($0.balanceCredits) } ?? "")
            command.append(account.map { String($0.creditsVersion) } ?? "")
            command.append(names.jobPrefix(next.queue, shard: shard))
            command.append(place.wakeMessage)
            command.append(next.wakeMessage)
            for delivery in deliveries {
                command.append(delivery.id)
                command.append(delivery.endpoint)
            }
        }
        return reply.integer == 1
    }
}
