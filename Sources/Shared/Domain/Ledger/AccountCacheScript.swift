package import Platform

/// Updates Redis's copy of an account with what was read from MariaDB.
package struct AccountCacheScript {
    /// The copy after the script has run.
    struct Copy {
        let creditsVersion: Int64
        let authVersion: Int64
        let balanceCredits: Int64

        /// Whether the copy has what MariaDB does not have: the database was restored, or a replica took over.
        func isAhead(of account: Account) -> Bool {
            creditsVersion > account.creditsVersion || authVersion > account.authVersion
                || (creditsVersion == account.creditsVersion && balanceCredits != account.balanceCredits)
        }
    }

    /// Values older than the copy change nothing; `held` is never touched.
    ///
    /// KEYS: 1 credits of the organisation.
    ///
    /// ARGV: 1 balance, 2 credits version, 3 status, 4 authorisation version.
    /// Returns: {credits version, authorisation version, balance}, as stored.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local credits, balance, version, status, auth_version = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local known = redis.call('HMGET', credits, 'version', 'authVersion', 'balance')
        if not known[1] or not known[3] or tonumber(known[1]) < tonumber(version) then
          redis.call('HSET', credits, 'balance', balance, 'version', version)
          known[1], known[3] = version, balance
        end
        if not known[2] or tonumber(known[2]) <= tonumber(auth_version) then
          redis.call('HSET', credits, 'status', status, 'authVersion', auth_version)
          known[2] = auth_version
        end
        return {known[1], known[2], known[3]}
        """)

    /// What was read from MariaDB.
    let account: Account

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Copy {
        let id = account.organizationID
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(of: id), keys: [redis.keys.credits(id)]
        ) { command in
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
            command.append(account.isActive ? "active" : "suspended")
            command.append(account.authVersion)
        }
        guard let parts = reply.elements, parts.count == 3, let version = parts[0].integer,
            let authVersion = parts[1].integer, let balance = parts[2].integer
        else { throw .unexpectedReply("\(reply)") }
        return Copy(creditsVersion: version, authVersion: authVersion, balanceCredits: balance)
    }
}
