package import Platform

/// Reads the circuit breakers of webhooks in one shard.
package struct CircuitBreakerScript {
    /// KEYS: circuit breakers.
    ///
    /// Returns: for each {state, reason or empty, when it opened (ms), when it is tried again (ms; 0: now)}.
    static let script = RedisScript(
        """
        #!lua flags=no-writes,allow-oom
        local time, found = redis.call('TIME'), {}
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        for index, key in ipairs(KEYS) do
          local known = redis.call('HMGET', key, 'state', 'until', 'reason', 'openedAt')
          local state, open_until = known[1] or 'closed', tonumber(known[2] or 0)
          if state == 'open' and open_until <= now then state, open_until = 'half_open', 0 end
          if state == 'ramp' then state = 'closing' end
          if state ~= 'open' then open_until = 0 end
          found[index] = {state, known[3] or '', tonumber(known[4] or 0), open_until}
        end
        return found
        """)

    private let shard: Int
    private let webhooks: [WebhookID]

    /// The webhooks are of organisations in this shard.
    package init(shard: Int, _ webhooks: [WebhookID]) {
        self.shard = shard
        self.webhooks = webhooks
    }

    /// Runs the script.
    /// - Returns: a circuit breaker for each webhook, in order.
    package func run(_ redis: RedisStore) async throws(RedisError) -> [CircuitBreaker] {
        if webhooks.isEmpty { return [] }
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: shard),
            keys: webhooks.map { redis.keys.circuitBreaker($0, shard: shard) }
        ) { _ in }
        let read = (reply.elements ?? []).compactMap(Self.breaker)
        guard read.count == webhooks.count else { throw .unexpectedReply("\(reply)") }
        return read
    }

    private static func breaker(_ reply: RedisReply) -> CircuitBreaker? {
        guard let parts = reply.elements, parts.count == 4,
            let state = parts[0].text.flatMap({ CircuitBreaker.State(rawValue: $0) })
        else { return nil }
        func time(_ part: RedisReply) -> Timestamp? {
            part.integer.flatMap { $0 > 0 ? Timestamp(unixMs: $0) : nil }
        }
        return CircuitBreaker(
            state: state, reason: parts[1].text.flatMap { CircuitBreaker.Reason(rawValue: $0) },
            openedAt: time(parts[2]), nextProbeAt: time(parts[3]))
    }
}
