import Platform
import Testing

/// Connections to a real Redis, each on its own loop.
package enum TestRedis {
    /// Runs `body` on a loop with a connection to a Redis server.
    package static func connect<Value: Sendable>(
        _ server: RedisServer, timeout: Duration = .seconds(5), scripts: [RedisScript] = [],
        _ body: @escaping @Sendable (RedisConnection, EventLoop) async -> Value
    ) async throws -> Value {
        let thread = try LoopThread(name: "redis")
        let endpoint = try #require(RedisEndpoint(server.url))
        let value = await thread.run {
            let redis = RedisConnection(
                loop: thread.loop, endpoint: endpoint, timeout: timeout, scripts: scripts,
                logger: Logger(writer: LogWriter(), component: "test", level: .error), statistics: RedisStatistics())
            redis.start()
            await Self.until(thread.loop) { redis.isReady }
            let value = await body(redis, thread.loop)
            redis.close()
            return value
        }.value
        thread.stop()
        return value
    }

    /// Waits on a loop until a condition holds, for about 30 seconds at most.
    package static func until(_ loop: EventLoop, _ condition: () -> Bool) async {
        for _ in 0..<6_000 where !condition() { await loop.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }
}
