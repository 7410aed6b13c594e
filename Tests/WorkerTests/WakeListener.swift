import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The messages that a worker receives on its channel.
final class WakeListener {
    private(set) var messages: [String] = []
    private(set) var subscriptions = 0
    private let redis: RedisStore

    init(_ boot: String, _ bench: QueueBench) throws {
        let endpoint = try #require(RedisEndpoint(bench.server.url))
        let loop = bench.loop
        redis = RedisStore(keys: bench.redis.keys) {
            RedisConnection(
                loop: loop, endpoint: endpoint, resolver: HostResolver(loop: loop), timeout: .seconds(5),
                scripts: [],
                logger: Logger(writer: LogWriter(), component: "test", level: .error),
                statistics: RedisStatistics())
        }
        redis.subscribe(redis.keys.wakeChannel(boot)) { [weak self] in
            self?.subscriptions += 1
        } onMessage: { [weak self] message in
            self?.messages.append(message)
        }
    }

    func start(_ loop: EventLoop) async {
        redis.start()
        await TestRedis.until(loop) { self.subscriptions == 1 && self.redis.isReady }
    }

    func close() { redis.close() }
}
