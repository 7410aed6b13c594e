internal import Shared

/// What one event loop of the ingress owns: its share of the listener and everything that its requests need.
final class IngressLoop {
    private let loop: EventLoop
    private let server: HTTPServer
    private let redis: RedisConnection
    private let cache: KeyCache
    private let logger: Logger

    init(loop: EventLoop, process: IngressProcess) {
        self.loop = loop
        logger = process.logger
        let configuration = process.configuration
        let mysql = process.mysql
        let keys = process.keys
        let redis = RedisConnection(
            loop: loop, endpoint: configuration.redis, timeout: configuration.redisTimeout, logger: process.logger,
            statistics: process.telemetry.redis)
        let cache = KeyCache(mysql: mysql, names: keys)
        let body = RequestBody()
        let addresses = ClientAddresses(trustedProxies: configuration.trustedProxies)
        let limit = AddressLimit(redis: redis, keys: keys, addresses: addresses)
        let gate = Gatekeeper(
            redis: redis, keys: keys, mysql: mysql, cache: cache, addresses: addresses, limit: limit)
        let userGate = UserGate(secret: configuration.jwtSecret)
        let mirror = AccountMirror(redis: redis, keys: keys, mysql: mysql, logger: process.logger)
        let writes = IdempotentWrite(mysql: mysql, secretKey: configuration.secretKey)
        let references = ReferenceFiller(redis: redis, keys: keys, mysql: mysql, gate: gate)
        let admission = Admission(
            redis: redis, keys: keys, mysql: mysql, gate: gate, references: references, loop: loop)
        let links = FileLinks(secretKey: configuration.secretKey, publicURL: configuration.publicURL)
        let handlers = Routes.Handlers(
            health: HealthHandler(
                checks: [
                    HealthHandler.Check(name: "redis", isHealthy: { redis.isReady }),
                    HealthHandler.Check(name: "mysql", isHealthy: { await mysql.isReachable() }),
                    HealthHandler.Check(name: "queue", isHealthy: { await Self.isQueueAnswering(redis, keys) }),
                ], isStopping: { process.isStopping }),
            metrics: MetricsHandler(telemetry: process.telemetry, mysql: mysql.statistics),
            organizations: OrganizationHandler(gate: userGate, mysql: mysql, mirror: mirror, body: body),
            apiKeys: APIKeyHandler(gate: userGate, mysql: mysql, mirror: mirror, body: body),
            customers: CustomerHandler(
                gate: gate, mysql: mysql, writes: writes, body: body,
                eraser: CustomerEraser(
                    mysql: mysql, redis: redis, keys: keys, objects: process.objects, pool: process.pictures,
                    logger: process.logger)),
            credits: CreditsHandler(gate: gate, mysql: mysql, redis: redis, keys: keys),
            tryons: TryonHandler(
                gate: gate, admission: admission, mysql: mysql, redis: redis, keys: keys, body: body, links: links),
            photos: PhotoHandler(
                gate: gate, upload: PictureUpload(pool: process.pictures, objects: process.objects), writes: writes,
                redis: redis, keys: keys, links: links, logger: process.logger),
            files: FileHandler(links: links, objects: process.objects, pool: process.pictures),
            webhooks: WebhookHandler(
                gate: gate, mysql: mysql, writes: writes, body: body, secretKey: configuration.secretKey,
                policy: AddressPolicy(allowed: configuration.allowedNetworks), allowsHTTP: configuration.allowsHTTP))
        let responder = APIResponder(
            router: Routes.router(handlers), logger: process.logger, clock: SystemClock(), addresses: addresses,
            limit: limit, latency: process.telemetry.latency)
        server = HTTPServer(
            loop: loop, listener: process.listener, responder: responder, limits: process.limits,
            standingFields: SecurityFields.all, statistics: process.telemetry.http,
            spoolDirectory: configuration.spoolDirectory)
        self.redis = redis
        self.cache = cache
    }

    /// Whether Redis answers a command on a queue's key in time: a connection may be up and hang.
    private static func isQueueAnswering(_ redis: RedisConnection, _ keys: RedisKeys) async -> Bool {
        do throws(RedisError) {
            _ = try await redis.send(RedisCommand(["EXISTS", keys.queue(.sessions, shard: 0)]))
            return true
        } catch {
            return false
        }
    }

    /// Serves until the process stops.
    func run() async throws(SystemError) {
        redis.start()
        writeUses()
        try await server.run()
        await flushUses()
        redis.close()
    }

    func drain() {
        server.drain()
    }

    func abort() {
        server.abort()
    }

    // MARK: Chores

    private func writeUses() {
        let bound = LoopBound(self, on: loop)
        loop.schedule(after: .seconds(60)) {
            _ = Task(executorPreference: bound.loop) {
                await bound.value.flushUses()
                bound.value.writeUses()
            }
        }
    }

    private func flushUses() async {
        do throws(Problem) {
            try await cache.writeUses()
        } catch {
            logger.warning("the times of keys' last use were not written", .text("reason", error.detail))
        }
    }
}
