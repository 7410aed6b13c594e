package import Platform

/// Sets the limits of a webhook's lane.
package struct LaneLimitScript {
    /// KEYS: 1 queue.
    ///
    /// ARGV: 1 lane, 2 limits (`WebhookLimits.text`). Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.ring, .wake))
        \(LaneLimitLua.all)
        set_limit(KEYS[1], ARGV[1], ARGV[2])
        ring(KEYS[1], ARGV[1])
        wake(KEYS[1])
        return 1
        """)

    private let webhook: WebhookID
    private let limits: WebhookLimits
    private let shard: Int

    package init(_ webhook: WebhookID, _ limits: WebhookLimits, shard: Int) {
        self.webhook = webhook
        self.limits = limits
        self.shard = shard
    }

    /// Runs the script.
    package func run(_ redis: RedisStore) async throws(RedisError) {
        let names = redis.keys
        _ = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keys: [names.queue(.webhooks, shard: shard)]
        ) { command in
            command.append(webhook)
            command.append(limits.text)
        }
    }
}
