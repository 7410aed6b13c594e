internal import Domain
internal import Platform

/// Every kind of job that a worker runs, with its handler; each loop has its own handlers.
enum JobTable {
    /// Events of clients that a process writes at once.
    private static let eventsMax = 128

    /// The kinds of this process's roles, in claim order.
    static func kinds(
        _ loop: EventLoop, _ process: WorkerProcess, _ queue: QueueConsumer, _ renderers: RendererFactory
    ) -> [JobKind] {
        let configuration = process.configuration
        let sessions = SlotPool(
            weightMax: configuration.sessionSlots, held: process.telemetry.heldWeight,
            claimed: process.telemetry.sessionsClaimed)
        let deliveries = SlotPool(
            weightMax: configuration.deliverySlots, held: process.telemetry.heldDeliveries,
            claimed: process.telemetry.deliveriesClaimed)
        let clientEvents = SlotPool(
            weightMax: eventsMax, held: process.telemetry.heldEvents, claimed: process.telemetry.eventsClaimed)
        let renderer = renderers.make()
        let runner = runner(loop, process, queue, renderer)
        // A client of its own, because garments from a slow host must not delay deliveries.
        let client = HTTPClient(loop: loop, policy: process.policy, resolver: renderers.resolver)
        let deliverer = deliverer(loop, process, queue, client)
        let roles = configuration.roles
        let tryOns = [
            JobKind(
                queue: .burial, laneWeightMax: configuration.laneWeightMax, slots: sessions, crashPolicy: .retry,
                isOpen: { claim in await runner.isOpen(claim) },
                handler: { claim in await runner.run(claim, forcedEnd: .crashed) }),
            JobKind(
                queue: .sessions, laneWeightMax: configuration.laneWeightMax, slots: sessions,
                shares: renderer,
                // 1 + 3: the first crash may be another job's fault and only marks the job, which then runs alone.
                crashPolicy: .bury(in: .burial, crashesMax: 4, counted: process.telemetry.sessionsBuried),
                isOpen: { claim in await runner.isOpen(claim) },
                handler: { claim in await runner.run(claim) }),
        ]
        let writer = ClientEventRunner(
            loop: loop, queue: queue, mysql: process.mysql, telemetry: process.telemetry, logger: process.logger,
            clock: process.stores.clock)
        let events = [
            JobKind(
                queue: .events, laneWeightMax: eventsMax, slots: clientEvents, crashPolicy: .retry,
                isOpen: { claim in await writer.isOpen(claim) },
                handler: { claim in await writer.run(claim) }),
            JobKind(
                queue: .webhooks, laneWeightMax: CircuitBreaker.attemptsAtOnceMax,
                claimMax: configuration.deliveryBatch, slots: deliveries, crashPolicy: .retry,
                isOpen: { claim in await deliverer.isOpen(claim) },
                handler: { claim in await deliverer.run(claim) }),
        ]
        return (roles.contains(.sessions) ? tryOns : []) + (roles.contains(.webhooks) ? events : [])
    }

    // MARK: Handlers

    private static func runner(
        _ loop: EventLoop, _ process: WorkerProcess, _ queue: QueueConsumer, _ renderer: SelectedRenderer
    ) -> TryOnRunner {
        let common = process.configuration.common
        return TryOnRunner(
            loop: loop, queue: queue, mysql: process.mysql, renderer: renderer,
            links: SignedLinks(secretKey: common.secretKey, publicURL: common.linkURL),
            telemetry: process.telemetry, logger: process.logger, clock: process.stores.clock)
    }

    private static func deliverer(
        _ loop: EventLoop, _ process: WorkerProcess, _ queue: QueueConsumer, _ client: HTTPClient
    ) -> WebhookDeliverer {
        let common = process.configuration.common
        return WebhookDeliverer(
            loop: loop, queue: queue, mysql: process.mysql, client: client, secretKey: common.secretKey,
            allowsHTTP: common.allowsHTTP, telemetry: process.telemetry,
            logger: process.logger, clock: process.stores.clock)
    }
}
