internal import Platform

/// Releases the holds of sessions that Redis does not know any more, among those that are named.
package struct OrphanHoldsScript {
    /// A hold and its session are made and removed together, so a hold without a session has no owner.
    ///
    /// KEYS: 1 credits, 2 holds, then the session of each hold. ARGV: 1 `1`: only count, then the session ids.
    /// Returns: the number of such holds.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        local orphans = {}
        for index = 3, #KEYS do
          if redis.call('EXISTS', KEYS[index]) == 0 and redis.call('HEXISTS', KEYS[2], ARGV[index - 1]) == 1 then
            orphans[#orphans + 1] = ARGV[index - 1]
          end
        end
        if ARGV[1] ~= '1' then settle(KEYS[1], KEYS[2], '', '', orphans) end
        return #orphans
        """)

    let organizationID: OrganizationID
    let sessions: [String]
    let isTrial: Bool

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Int {
        let (names, shard) = (redis.keys, redis.keys.shard(of: organizationID))
        let reply = try await redis.run(
            Self.script, in: names.slot(of: organizationID),
            keys: [names.credits(organizationID), names.holds(organizationID)]
                + sessions.map { names.job(.sessions, shard: shard, $0) }
        ) { command in
            command.append(isTrial ? "1" : "0")
            for session in sessions { command.append(session) }
        }
        return Int(reply.integer ?? 0)
    }
}
