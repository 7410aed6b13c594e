internal import Domain
internal import Platform

/// One event loop of the ingress: its HTTP server, Redis connection, caches and handlers.
final class IngressLoop: LoopService {
    /// How long a start waits for Redis; without it, requests are refused until it is there.
    private static let readyWaitMax = Duration.seconds(3)
    private let loop: EventLoop
    private let server: HTTPServer
    private let redis: RedisStore
    private let cache: APIKeyCache
    private let watchers: SessionWatchers
    private let logger: Logger

    init(loop: EventLoop, process: IngressProcess) {
        let (configuration, common) = (process.configuration, process.configuration.common)
        let resolver = HostResolver(loop: loop, servers: common.nameServers)
        let redis = RedisStore(keys: process.keys) {
            RedisConnection(
                loop: loop, endpoint: common.redis, resolver: resolver, timeout: common.redisTimeout,
                scripts: IngressScripts.all, logger: process.daemon.logger,
                statistics: process.daemon.telemetry.redis)
        }
        let cache = APIKeyCache(mysql: process.mysql, names: process.keys)
        let access = Self.access(loop, process, redis, cache)
        let handlers = Routes.Handlers(loop, process, redis, access.keys)
        let router = Router(Routes.all(handlers))
        server = HTTPServer(
            loop: loop, listener: process.listener,
            responder: APIResponder(
                router: router, access: access, logger: process.daemon.logger, clock: process.stores.clock,
                telemetry: process.telemetry), limits: process.limits,
            defaultFields: SecurityFields.all + [("Vary", "Accept-Encoding")],
            statistics: process.daemon.telemetry.http, spoolDirectory: configuration.spoolDirectory)
        self.loop = loop
        self.redis = redis
        self.cache = cache
        watchers = handlers.watchers
        logger = process.daemon.logger
    }

    static func access(
        _ loop: EventLoop, _ process: IngressProcess, _ redis: RedisStore, _ cache: APIKeyCache
    ) -> AccessControl {
        let addresses = ClientAddresses(trustedProxies: process.configuration.trustedProxies)
        let limiter = FailedAuthenticationLimiter(
            redis: redis, addresses: addresses, tallies: process.failedAuthentications, loop: loop,
            clock: process.stores.clock)
        return AccessControl(
            addresses: addresses,
            keys: APIKeyAuthenticator(
                redis: redis, mysql: process.mysql, cache: cache, addresses: addresses, limiter: limiter),
            users: UserAuthenticator(secret: process.configuration.jwtSecret), limiter: limiter)
    }

    static func operations(_ process: IngressProcess, _ redis: RedisStore) -> OperationsHandler {
        OperationsHandler(
            health: process.daemon.health(
                isRedisReady: { redis.isReady }, process.mysql,
                more: [
                    Health.Check("queue") { () async -> Bool in await isQueueAnswering(redis) },
                    Health.Check("stores") { () async -> Health.State in process.stores.state },
                ], liveWord: "alive", readyWord: "ready"),
            metrics: {
                process.daemon.metrics(process.mysql) { text in
                    process.stores.write(to: &text)
                    process.telemetry.write(to: &text)
                }
            })
    }

    /// Whether Redis answers a command on a queue's key in time; a connection may be up and not respond.
    private static func isQueueAnswering(_ redis: RedisStore) async -> Bool {
        do throws(RedisError) {
            let name = redis.keys.queue(.sessions, shard: 0)
            _ = try await redis.send(RedisCommand(["EXISTS", name]), to: redis.keys.slot(ofShard: 0))
            return true
        } catch {
            return false
        }
    }

    // MARK: Life

    func run(onServing: @escaping () -> Void) async throws(SystemError) {
        redis.start()
        writeUsesPeriodically()
        // Requests that wait in the socket are not refused because the connection to Redis takes a moment.
        await redis.waitUntilReady(on: loop, atMost: Self.readyWaitMax)
        try await server.run(onListening: onServing)
        await writeUses()
        redis.close()
    }

    func drain() {
        watchers.drain()
        server.drain()
    }

    func abort() async {
        server.abort()
    }

    /// Schedules the write of the keys' last use, once a minute.
    private func writeUsesPeriodically() {
        let bound = LoopBound(self, on: loop)
        loop.schedule(after: .seconds(60)) {
            _ = Task(executorPreference: bound.loop) {
                await bound.value.writeUses()
                bound.value.writeUsesPeriodically()
            }
        }
    }

    private func writeUses() async {
        do throws(Problem) {
            try await cache.writeUses()
        } catch {
            logger.warning("the times of the keys' last use were not written", .text("reason", error.detail))
        }
    }
}
