internal import Domain
internal import Platform

/// Releases the holds of sessions that are settled in MariaDB, and updates the balance in Redis.
struct SettleScript {
    /// KEYS: 1 credits, 2 holds.
    ///
    /// ARGV: 1 balance, 2 credits version, then session ids. Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        settle(KEYS[1], KEYS[2], ARGV[1], ARGV[2], {unpack(ARGV, 3)})
        return 1
        """)

    let account: Account
    let sessions: [SessionID]

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        let id = account.organizationID
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(of: id), keys: [redis.keys.credits(id), redis.keys.holds(id)]
        ) { command in
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
            for session in sessions { command.append(session) }
        }
    }
}
