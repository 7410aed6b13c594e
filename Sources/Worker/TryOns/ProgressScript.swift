internal import Domain
internal import Platform

/// Tells Redis of a session's progress: settles its account, enqueues the deliveries of its events, tells its watchers.
struct ProgressScript {
    /// KEYS: 1 credits, 2 holds, 3 watchers, 4 delivery queue, 5 delivery waiters, 6 session.
    ///
    /// ARGV: 1 session id, 2 balance (or empty), 3 credits version, 4 delivery key prefix, 5 wake-up message of the delivery
    /// queue, then for each delivery: id, lane. Returns: 1, or 2 if the session is to be canceled.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .wake))
        \(LedgerLua.settle)
        \(WatchLua.notify)
        \(DispatchLua.dispatch)
        settle(KEYS[1], KEYS[2], ARGV[2], ARGV[3], {ARGV[1]})
        dispatch(KEYS[4], KEYS[5], ARGV[4], ARGV[5], ARGV, 6)
        notify(KEYS[3], ARGV[1])
        return redis.call('HEXISTS', KEYS[6], 'cancel') + 1
        """)

    let session: SessionID
    let organizationID: OrganizationID
    /// The balance that MariaDB has committed; nil if unchanged.
    let account: Account?
    let deliveries: [PendingDelivery]

    /// Runs the script.
    /// - Returns: whether the session is to be canceled.
    func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let (names, shard) = (redis.keys, redis.keys.shard(of: organizationID))
        let next = QueuePlace(.webhooks, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [
                names.credits(organizationID), names.holds(organizationID), names.watchers(shard: shard),
                names.queue(next.queue, shard: shard), names.waiters(next.queue, shard: shard),
                names.job(.sessions, shard: shard, session.description),
            ]
        ) { command in
            command.append(session)
            command.append(account.map { String($0.balanceCredits) } ?? "")
            command.append(account.map { String($0.creditsVersion) } ?? "")
            command.append(names.jobPrefix(next.queue, shard: shard))
            command.append(next.wakeMessage)
            for delivery in deliveries {
                command.append(delivery.id)
                command.append(delivery.endpoint)
            }
        }
        return reply.integer == 2
    }
}
