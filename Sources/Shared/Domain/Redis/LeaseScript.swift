package import Platform

/// Takes or renews a lease that one process at a time may hold.
package struct LeaseScript {
    /// KEYS: 1 lease.
    ///
    /// ARGV: 1 holder, 2 duration (ms). Returns: 1, or 0 if another process holds it.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        """)

    private let name: String
    private let holder: String
    private let duration: Duration

    /// - Parameters:
    ///   - name: the key of the lease.
    ///   - holder: what identifies this process.
    ///   - duration: the time after which another process may take it.
    package init(_ name: String, holder: String, duration: Duration) {
        self.name = name
        self.holder = holder
        self.duration = duration
    }

    /// Runs the script.
    /// - Returns: whether this process holds the lease now.
    package func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        try await redis.run(Self.script, in: RedisSlot(key: name), keys: [name]) { command in
            command.append(holder)
            command.append(duration.milliseconds())
        }.integer == 1
    }
}
