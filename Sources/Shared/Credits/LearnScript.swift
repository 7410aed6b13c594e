/// Brings an organisation's mirror in Redis up to what MariaDB has said.
package enum LearnScript {
    /// What is older than the mirror changes nothing; `held` is never touched.
    ///
    /// A mirror that is ahead of MariaDB (a rewound failover) is set back only as long as it says what it said when
    /// MariaDB was asked.
    ///
    /// KEYS: 1 credits of the organisation.
    /// ARGV: 1 balance, 2 credits version, 3 status, 4 authorisation version, 5 version to set back, or empty.
    /// Returns: 1.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('HMGET', KEYS[1], 'version', 'authVersion')
        if not known[1] or tonumber(known[1]) < tonumber(ARGV[2]) then
          redis.call('HSET', KEYS[1], 'balance', ARGV[1], 'version', ARGV[2])
        end
        if not known[2] or tonumber(known[2]) <= tonumber(ARGV[4]) or known[2] == ARGV[5] then
          redis.call('HSET', KEYS[1], 'status', ARGV[3], 'authVersion', ARGV[4])
        end
        return 1
        """)
}
