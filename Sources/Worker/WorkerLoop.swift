internal import Domain
internal import Platform

/// The parts that the loop of a worker owns, wired together.
final class WorkerLoop: LoopService {
    private let loop: EventLoop
    private let redis: RedisStore
    private let claimers: JobClaimers
    private let ticker: QueueTicker
    /// All nil without the role `maintenance`.
    private let sweeper: Sweeper?
    private let reconciler: ReconcilerService?
    private let retention: Retention?
    private let server: HTTPServer
    private let draining = DrainFlag()

    init(loop: EventLoop, process: WorkerProcess) {
        let common = process.configuration.common
        let resolver = HostResolver(loop: loop, servers: common.nameServers)
        let redis = RedisStore(keys: process.keys) {
            RedisConnection(
                loop: loop, endpoint: common.redis, resolver: resolver, timeout: common.redisTimeout,
                scripts: WorkerScripts.all, logger: process.logger, statistics: process.daemon.telemetry.redis)
        }
        let queue = QueueConsumer(loop: loop, boot: process.boot, redis: redis)
        let objects = process.objects.make(
            loop, nameServers: process.configuration.common.nameServers, process.logger)
        let draining = draining
        let renderers = RendererFactory(
            loop: loop, process: process, resolver: resolver, objects: objects, isDraining: { draining.isOn })
        let claimers = JobClaimers(
            loop: loop, queue: queue, kinds: JobTable.kinds(loop, process, queue, renderers), logger: process.logger)
        ticker = QueueTicker(
            loop: loop, queue: queue, served: claimers.served, telemetry: process.telemetry, logger: process.logger,
            previousBoot: process.previousBoot)
        let isMaintaining = process.configuration.roles.contains(.maintenance)
        sweeper = isMaintaining ? Self.sweeper(loop, process, redis, objects) : nil
        reconciler = isMaintaining ? Self.reconciler(loop, process, redis) : nil
        retention = isMaintaining ? Self.retention(loop, process, queue, objects) : nil
        server = HTTPServer(
            loop: loop, listener: process.listener, responder: Self.operations(process, redis), limits: HTTPLimits(),
            defaultFields: [], statistics: process.daemon.telemetry.http, spoolDirectory: "/tmp")
        self.loop = loop
        self.redis = redis
        self.claimers = claimers
        redis.onReady { [weak claimers] in claimers?.markAllPlaces() }
        // Every place is tried after each subscription, because earlier wake-ups may be lost.
        redis.subscribe(process.keys.wakeChannel(process.boot)) { [weak claimers] in
            claimers?.markAllPlaces()
        } onMessage: { [weak claimers] message in
            claimers?.wake(message)
        }
    }

    private static func sweeper(
        _ loop: EventLoop, _ process: WorkerProcess, _ redis: RedisStore, _ objects: any ObjectStore
    ) -> Sweeper {
        Sweeper(
            loop: loop, mysql: process.mysql, redisErasure: RedisErasure(redis: redis), objects: objects,
            logger: process.logger, clock: process.stores.clock)
    }

    private static func reconciler(
        _ loop: EventLoop, _ process: WorkerProcess, _ redis: RedisStore
    ) -> ReconcilerService {
        ReconcilerService(
            loop: loop, redis: redis, mysql: process.mysql, boot: process.boot,
            telemetry: process.telemetry.reconciler, queues: process.telemetry.queues,
            webhookPendingMax: process.configuration.webhookPendingMax, logger: process.logger,
            clock: process.stores.clock)
    }

    private static func retention(
        _ loop: EventLoop, _ process: WorkerProcess, _ queue: QueueConsumer, _ objects: any ObjectStore
    ) -> Retention {
        Retention(
            loop: loop, queue: queue, mysql: process.mysql, objects: objects,
            periods: process.configuration.retention, telemetry: process.telemetry.retention, logger: process.logger,
            clock: process.stores.clock)
    }

    private static func operations(_ process: WorkerProcess, _ redis: RedisStore) -> OperationsResponder {
        OperationsResponder(
            health: process.daemon.health(
                isRedisReady: { redis.isReady }, process.mysql,
                more: [Health.Check("stores") { () async -> Health.State in process.stores.state }], liveWord: "ok",
                readyWord: "ok"),
            metrics: {
                process.daemon.metrics(process.mysql) { text in
                    process.stores.write(to: &text)
                    process.telemetry.write(to: &text)
                }
            })
    }

    // MARK: Life

    func run(onServing: @escaping () -> Void) async throws(SystemError) {
        redis.start()
        let serving = LoopBound(onServing, on: loop)
        let bound = LoopBound(self, on: loop)
        let result: Result<Void, SystemError> = await withTaskGroup(of: Result<Void, SystemError>.self) { group in
            group.addTask(executorPreference: loop) {
                do throws(SystemError) {
                    try await bound.value.server.run(onListening: serving.value)
                    return .success(())
                } catch {
                    // A worker that shows neither health nor metrics ends, so that its supervisor starts it again.
                    bound.value.drain()
                    return .failure(error)
                }
            }
            group.addTask(executorPreference: loop) {
                await bound.value.ticker.run()
                return .success(())
            }
            group.addTask(executorPreference: loop) {
                await bound.value.sweeper?.run()
                return .success(())
            }
            group.addTask(executorPreference: loop) {
                await bound.value.reconciler?.run()
                return .success(())
            }
            group.addTask(executorPreference: loop) {
                await bound.value.retention?.run()
                return .success(())
            }
            await claimers.run(on: loop)
            ticker.stop()
            sweeper?.stop()
            reconciler?.stop()
            retention?.stop()
            server.drain()
            for await result in group {
                if case .failure = result { return result }
            }
            return .success(())
        }
        redis.close()
        try result.get()
    }

    func drain() {
        draining.isOn = true
        claimers.drain()
    }

    /// Releases the jobs that have not ended in time.
    func abort() async {
        await claimers.releaseAll()
    }
}

/// Whether a worker stops: it claims nothing, and what waits is released.
private final class DrainFlag {
    var isOn = false
}
