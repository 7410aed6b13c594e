import Platform
import Testing

/// Connections to a real Redis, each on its own loop.
package enum TestRedis {
    /// Runs `body` on a loop with a connection to a Redis server.
    package static func connect<Value: Sendable>(
        _ server: RedisServer, timeout: Duration = .seconds(5), scripts: [RedisScript] = [],
        clock: any MonotonicClock = SystemMonotonicClock(),
        _ body: @escaping @Sendable (RedisConnection, EventLoop) async -> Value
    ) async throws -> Value {
        let thread = try LoopThread(name: "redis", clock: clock)
        let endpoint = try #require(RedisEndpoint(server.url))
        let value = await thread.run {
            let redis = RedisConnection(
                loop: thread.loop, endpoint: endpoint, resolver: HostResolver(loop: thread.loop), timeout: timeout,
                scripts: scripts,
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

    /// Waits on a loop until a condition holds, for 30 seconds at most; the loop's clock may stand still.
    package static func until(
        _ loop: EventLoop, _ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let end = ContinuousClock.now + .seconds(30)
        // The sleep uses the real time, and lets the loop handle its descriptors.
        while !condition(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(1)) }
        #expect(condition(), sourceLocation: sourceLocation)
    }
}
