package import Platform

/// Releases the holds of sessions whose credits are decided in MariaDB, and stores the balance that includes them.
package struct ReleaseHoldsScript {
    /// KEYS: 1 credits, 2 holds.
    ///
    /// ARGV: 1 balance, 2 credits version, then session ids. Returns: 1.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        settle(KEYS[1], KEYS[2], ARGV[1], ARGV[2], {unpack(ARGV, 3)})
        return 1
        """)

    /// Read after the sessions were decided.
    let account: Account
    let sessions: [SessionID]

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(of: account.organizationID),
            keys: [redis.keys.credits(account.organizationID), redis.keys.holds(account.organizationID)]
        ) { command in
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
            for session in sessions { command.append(session) }
        }
    }
}
