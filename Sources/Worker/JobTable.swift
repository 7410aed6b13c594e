internal import Domain

/// Every kind of job that a worker runs, in claim order.
enum JobTable {
    static func kinds(_ process: WorkerProcess, _ runner: TryOnRunner, _ deliverer: WebhookDeliverer) -> [JobKind] {
        let configuration = process.configuration
        let sessions = SlotPool(
            weightMax: configuration.sessionSlots, held: process.telemetry.heldWeight,
            claimed: process.telemetry.sessionsClaimed)
        let deliveries = SlotPool(
            weightMax: configuration.deliverySlots, held: process.telemetry.heldDeliveries,
            claimed: process.telemetry.deliveriesClaimed)
        return [
            JobKind(
                queue: .burial, laneWeightMax: configuration.laneWeightMax, slots: sessions, crashPolicy: .retry,
                handler: { claim in await runner.run(claim) }),
            JobKind(
                queue: .sessions, laneWeightMax: configuration.laneWeightMax, slots: sessions,
                // 1 + 3: the first crash may be another job's fault and only marks the job, which then runs alone.
                crashPolicy: .bury(in: .burial, crashesMax: 4),
                handler: { claim in await runner.run(claim) }),
            JobKind(
                queue: .webhooks, laneWeightMax: 16, slots: deliveries, crashPolicy: .retry,
                handler: { claim in await deliverer.run(claim) }),
        ]
    }
}
