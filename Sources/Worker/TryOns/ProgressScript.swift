internal import Domain
internal import Platform

/// Tells Redis of the progress of sessions: settles accounts, enqueues the deliveries of their events, tells their watchers.
struct ProgressScript {
    /// KEYS: 1 watchers, 2 delivery queue, then those of the accounts (`Settlement`), then each session.
    ///
    /// ARGV: 1 delivery key prefix, 2 number of accounts, then those of the accounts, then for each delivery: id, lane, limits of the lane. Returns: for each session 1 if it is to be canceled, or 0.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .wake))
        \(LedgerLua.settle)
        \(WatchLua.notify)
        \(Settlement.lua)
        \(DispatchLua.dispatch)
        local key, at = settle_all(KEYS[1], 3, 3, tonumber(ARGV[2]))
        dispatch(KEYS[2], ARGV[1], at, #ARGV)
        local canceled = {}
        for index = key, #KEYS do canceled[#canceled + 1] = redis.call('HEXISTS', KEYS[index], 'cancel') end
        return canceled
        """)

    let shard: Int
    let reports: [SessionReport]

    /// Runs the script.
    /// - Returns: for each report, in order, whether its session is to be canceled.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Bool] {
        let names = redis.keys
        let next = QueuePlace(.webhooks, shard: shard)
        let settlements = Settlement.all(of: reports)
        let sessions = names.jobPrefix(.sessions, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keyCount: 2 + 2 * settlements.count + reports.count
        ) { command in
            command.append(names.watchers(shard: shard))
            command.append(names.queue(next.queue, shard: shard))
            for settlement in settlements { settlement.writeKeys(names, to: &command) }
            for report in reports { command.append(prefix: sessions, report.claim.id) }
            command.append(names.jobPrefix(next.queue, shard: shard))
            command.append(Int64(settlements.count))
            for settlement in settlements { settlement.writeArguments(to: &command) }
            for report in reports {
                for delivery in report.deliveries { delivery.writeArguments(to: &command) }
            }
        }
        guard let read = reply.elements, read.count == reports.count else { throw .unexpectedReply("\(reply)") }
        return read.map { $0.integer == 1 }
    }
}
