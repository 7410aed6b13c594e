package import Platform

/// Releases the holds of sessions whose credits are decided in MariaDB.
package struct ReleaseHoldsScript {
    /// KEYS: 1 credits, 2 holds.
    ///
    /// ARGV: session ids. Returns: 1.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(LedgerLua.settle)
        settle(KEYS[1], KEYS[2], '', '', {unpack(ARGV)})
        return 1
        """)

    let organizationID: OrganizationID
    let sessions: [SessionID]

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(
            Self.script, in: redis.keys.slot(of: organizationID),
            keys: [redis.keys.credits(organizationID), redis.keys.holds(organizationID)]
        ) { command in for session in sessions { command.append(session) } }
    }
}
