internal import Shared

/// What the loop of a worker owns, wired together.
final class WorkerLoop {
    private let loop: EventLoop
    private let redis: RedisConnection
    private let wakeUps: RedisConnection
    private let sessions: JobClaimer
    private let deliveries: JobClaimer
    private let outbound: OutboundClient
    private let ticker: QueueTicker
    private let sweeper: Sweeper
    private let server: HTTPServer

    init(loop: EventLoop, process: WorkerProcess) {
        self.loop = loop
        let configuration = process.configuration
        func connection() -> RedisConnection {
            RedisConnection(
                loop: loop, endpoint: configuration.redis, timeout: configuration.redisTimeout,
                logger: process.logger, statistics: process.telemetry.redis)
        }
        let redis = connection()
        let wakeUps = connection()
        let queue = Queue(boot: process.boot, redis: redis, keys: process.keys)
        let links = FileLinks(secretKey: configuration.secretKey, publicURL: configuration.publicURL)
        let runner = SessionRunner(
            loop: loop, queue: queue, mysql: process.mysql, renderer: Self.renderer(loop, process), links: links,
            telemetry: process.telemetry, logger: process.logger, clock: SystemClock())
        let sessions = JobClaimer(
            loop: loop, queue: queue, names: [.burial, .sessions], slots: configuration.slots,
            laneCap: configuration.laneCap, held: process.telemetry.heldWeight,
            claimed: process.telemetry.sessionsClaimed, logger: process.logger,
            run: { claim in await runner.run(claim) })
        let outbound = OutboundClient(loop: loop, policy: process.policy)
        let deliverer = WebhookDeliverer(
            loop: loop, queue: queue, mysql: process.mysql, outbound: outbound, secretKey: configuration.secretKey,
            allowsHTTP: configuration.allowsHTTP, telemetry: process.telemetry, logger: process.logger,
            clock: SystemClock())
        let deliveries = JobClaimer(
            loop: loop, queue: queue, names: [.webhooks], slots: configuration.deliverySlots, laneCap: 16,
            held: process.telemetry.heldDeliveries, claimed: process.telemetry.deliveriesClaimed,
            logger: process.logger, run: { claim in await deliverer.run(claim) })
        ticker = QueueTicker(
            loop: loop, queue: queue, holders: [.sessions: sessions, .burial: sessions, .webhooks: deliveries],
            telemetry: process.telemetry, logger: process.logger, previousBoot: process.previousBoot)
        sweeper = Sweeper(
            loop: loop, mysql: process.mysql, redisErasure: RedisErasure(redis: redis, keys: process.keys),
            objects: process.objects, pool: process.renderPool, logger: process.logger, clock: SystemClock())
        server = HTTPServer(
            loop: loop, listener: process.listener,
            responder: WorkerResponder(
                telemetry: process.telemetry, mysql: process.mysql, isRedisReady: { redis.isReady },
                isStopping: { process.isStopping }),
            limits: HTTPLimits(), standingFields: [], statistics: process.telemetry.http, spoolDirectory: "/tmp")
        self.redis = redis
        self.wakeUps = wakeUps
        self.sessions = sessions
        self.deliveries = deliveries
        self.outbound = outbound
        let channel = process.keys.wakeChannel(process.boot)
        // Wake-ups that came while a connection was away are lost: then there may be work anywhere.
        wakeUps.onReady = { [weak wakeUps] in
            wakeUps?.subscribe(channel)
        }
        wakeUps.onMessage = { [weak sessions, weak deliveries] reply in
            guard let parts = reply.elements, parts.count == 3 else { return }
            if parts[0].text == "subscribe" {
                sessions?.lookEverywhere()
                deliveries?.lookEverywhere()
            } else if let message = parts[2].text.flatMap({ WakeMessage($0) }) {
                (message.queue == .webhooks ? deliveries : sessions)?.wake(message)
            }
        }
        redis.onReady = { [weak sessions, weak deliveries] in
            sessions?.lookEverywhere()
            deliveries?.lookEverywhere()
        }
    }

    private static func renderer(_ loop: EventLoop, _ process: WorkerProcess) -> any Renderer {
        switch process.configuration.renderer {
        case .none: return NoRenderer()
        case .compositor:
            // Not the client of webhooks: who keeps garments behind a slow host delays nobody's delivery.
            let fetcher = GarmentFetcher(
                outbound: OutboundClient(loop: loop, policy: process.policy),
                allowsHTTP: process.configuration.allowsHTTP)
            return Compositor(
                mysql: process.mysql, objects: process.objects, pool: process.renderPool, fetcher: fetcher)
        }
    }

    /// Works until `drain` has been called and what was held has ended.
    func run() async throws(SystemError) {
        wakeUps.start()
        redis.start()
        let bound = LoopBound(self, on: loop)
        let result: Result<Void, SystemError> = await withTaskGroup(of: Result<Void, SystemError>.self) { group in
            group.addTask(executorPreference: loop) {
                do throws(SystemError) {
                    try await bound.value.server.run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask(executorPreference: loop) {
                await bound.value.ticker.run()
                return .success(())
            }
            group.addTask(executorPreference: loop) {
                await bound.value.sweeper.run()
                return .success(())
            }
            await withDiscardingTaskGroup { claimers in
                claimers.addTask(executorPreference: loop) { await bound.value.deliveries.run() }
                await sessions.run()
            }
            ticker.stop()
            sweeper.stop()
            server.drain()
            for await result in group {
                if case .failure = result { return result }
            }
            return .success(())
        }
        wakeUps.close()
        redis.close()
        try result.get()
    }

    /// Claims no more; what is held is taken to its end.
    func drain() {
        sessions.drain()
        deliveries.drain()
    }

    /// Gives back what has not ended in time.
    func surrender() async {
        await sessions.surrender()
        await deliveries.surrender()
    }
}
