internal import Domain
internal import Platform

/// Updates Redis's copy of an account with what was read from MariaDB.
struct AccountCacheScript {
    /// Values older than the copy change nothing; `held` is never touched.
    ///
    /// An authorisation version that is newer in Redis than in MariaDB (after a restore or failover of the database) is
    /// set back only if it has not changed since MariaDB was read.
    ///
    /// KEYS: 1 credits of the organisation.
    ///
    /// ARGV: 1 balance, 2 credits version, 3 status, 4 authorisation version, 5 version to set back, or empty.
    /// Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local credits, balance, version, status, auth_version = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local known = redis.call('HMGET', credits, 'version', 'authVersion')
        if not known[1] or tonumber(known[1]) < tonumber(version) then
          redis.call('HSET', credits, 'balance', balance, 'version', version)
        end
        if not known[2] or tonumber(known[2]) <= tonumber(auth_version) or known[2] == ARGV[5] then
          redis.call('HSET', credits, 'status', status, 'authVersion', auth_version)
        end
        return 1
        """)

    /// What was read from MariaDB.
    let account: Account
    /// The authorisation version of the copy, if it was newer than MariaDB's.
    var versionAhead: Int64?

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        let id = account.organizationID
        _ = try await redis.run(Self.script, in: redis.keys.slot(of: id), keys: [redis.keys.credits(id)]) { command in
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
            command.append(account.isActive ? "active" : "suspended")
            command.append(account.authVersion)
            command.append(versionAhead.map(String.init) ?? "")
        }
    }
}
