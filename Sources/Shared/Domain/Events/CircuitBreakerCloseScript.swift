package import Platform

/// Closes the circuit breaker of a webhook by hand, and forgets what was counted.
package struct CircuitBreakerCloseScript {
    /// KEYS: 1 circuit breaker, 2 queue.
    ///
    /// ARGV: 1 lane. Returns: 1, or 0 if it was closed.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.ring, .wake))
        \(LaneLimitLua.all)
        local q, lane = KEYS[2], ARGV[1]
        redis.call('DEL', KEYS[1])
        -- The rest of a lane whose breaker is closed is somebody else's: an operator's, or that of an ordered lane.
        if redis.call('ZREM', q .. ':broken', lane) == 0 then return 0 end
        reset_cap(q, lane, redis.call('HGET', q .. ':limits', lane))
        redis.call('ZREM', q .. ':resting', lane)
        redis.call('SREM', q .. ':parked', lane)
        ring(q, lane)
        wake(q)
        return 1
        """)

    private let webhook: WebhookID
    private let shard: Int

    package init(_ webhook: WebhookID, shard: Int) {
        self.webhook = webhook
        self.shard = shard
    }

    /// Runs the script.
    /// - Returns: false if it was closed.
    package func run(_ redis: RedisStore) async throws(RedisError) -> Bool {
        let names = redis.keys
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [names.circuitBreaker(webhook, shard: shard), names.queue(.webhooks, shard: shard)]
        ) { command in command.append(webhook) }
        return reply.integer == 1
    }
}
