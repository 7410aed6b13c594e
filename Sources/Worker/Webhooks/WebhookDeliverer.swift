internal import Domain
internal import Platform

/// Makes one attempt at a claimed delivery: load, sign, send, record, then acknowledge or wait for the next attempt.
final class WebhookDeliverer {
    private let loop: EventLoop
    private let queue: QueueConsumer
    private let mysql: MySQLPool
    private let sender: DeliverySender
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let clock: any WallClock
    private let loads: GroupCommit<String, Delivery?>
    private let records: GroupCommit<DeliveryRecord, DeliveryTransaction.Effect>
    private let ends: ScriptBatch<DeliveryEnd, Bool>
    /// A retry that is due later is kept in MariaDB alone; the reconciler enqueues it when it is due.
    private static let delayInRedisMax = Duration.seconds(60)

    init(
        loop: EventLoop, queue: QueueConsumer, mysql: MySQLPool, client: HTTPClient, secretKey: SecretKey,
        allowsHTTP: Bool, telemetry: WorkerTelemetry, logger: Logger, clock: any WallClock,
        jitter: @escaping () -> Double = { Double.random(in: 0.8...1.2) }
    ) {
        self.loop = loop
        self.queue = queue
        self.mysql = mysql
        sender = DeliverySender(
            loop: loop, client: client, secretKey: secretKey, allowsHTTP: allowsHTTP,
            telemetry: telemetry.deliveries, logger: logger, jitter: jitter)
        self.telemetry = telemetry
        self.logger = logger
        self.clock = clock
        loads = GroupCommit(loop: loop, mysql: mysql) { ids, connection throws(MySQLError) in
            try Delivery.take(ids, connection)
        }
        records = GroupCommit(loop: loop, mysql: mysql) { records, connection throws(MySQLError) in
            try DeliveryTransaction(records, at: clock.now()).run(connection)
        }
        ends = ScriptBatch(loop: loop) { place, ends throws(RedisError) in
            let reply = try await DeliveryEndScript(
                boot: queue.boot, place: place, ends: ends, jitter: jitter()
            ).run(queue.redis)
            telemetry.deliveries.breakersOpened.add(reply.breakersOpened)
            return reply.wereHeld
        }
    }

    /// Makes an attempt; when it returns, this process no longer holds the delivery.
    func run(_ claim: Claim) async {
        switch await loads.run(claim.id) {
        case .failure: await release(claim, after: .seconds(1))
        case .success(nil): await giveUp(claim)
        case .success(let delivery?): await run(claim, delivery)
        }
    }

    /// Whether a delivery is pending in MariaDB; false if MariaDB does not say so.
    func isOpen(_ claim: Claim) async -> Bool {
        let id = claim.id
        let found = await mysql.attempt { connection throws(MySQLError) in try Delivery.load([id], connection).first }
        guard case .success(let delivery??) = found else { return false }
        return delivery.isPending
    }

    private func run(_ claim: Claim, _ delivery: Delivery) async {
        guard delivery.isPending else { return await acknowledge(claim) }
        if delivery.isWebhookDeleted || !delivery.isWebhookActive {
            let outcome = delivery.isWebhookDeleted ? DeliveryRecord.Outcome.canceled : .skipped
            return await finish(claim, DeliveryRecord(delivery: delivery, outcome: outcome, startedAt: clock.now()))
        }
        if let first = delivery.firstPending, first != delivery.id {
            return await runFirst(first, insteadOf: delivery, claim)
        }
        // Redis may have been rewound, or another process makes the attempt: the time in MariaDB decides.
        guard delivery.isTaken else {
            let wait = waitUntilDue(delivery)
            if isKeptInRedis(delivery, wait) { return await end(claim, delivery, .unknown, retryAfter: wait) }
            return await acknowledge(claim)
        }
        await finish(claim, await sender.attempt(delivery, at: clock.now()))
    }

    /// Makes the attempt at the first pending delivery of an ordered endpoint; the claimed one stays the next of its lane.
    private func runFirst(_ first: String, insteadOf delivery: Delivery, _ claim: Claim) async {
        guard case .success(let found?) = await loads.run(first) else {
            return await release(claim, after: .seconds(1))
        }
        guard found.isTaken else {
            let wait = found.isPending ? waitUntilDue(found) : .milliseconds(1)
            // If another process makes the attempt now, it will not take as long as it may.
            return await end(
                claim, delivery, .unknown, retryAfter: wait > Delivery.attemptMax ? wait : min(wait, .seconds(1)))
        }
        let record = await sender.attempt(found, at: clock.now())
        guard await write(record) else { return await release(claim, after: .seconds(60)) }
        count(record)
        await end(claim, delivery, record.verdict, retryAfter: wait(for: record) ?? .milliseconds(1))
    }

    /// The time until a delivery that was not taken is looked at again.
    private func waitUntilDue(_ delivery: Delivery) -> Duration {
        // Not in the future: another process has just taken it.
        guard let wait = delivery.wait, wait > .zero else { return Delivery.attemptMax }
        return wait
    }

    /// Whether a delivery waits for its next attempt in Redis; one of an ordered endpoint keeps its place in the lane.
    private func isKeptInRedis(_ delivery: Delivery, _ wait: Duration) -> Bool {
        delivery.limits.isOrdered || wait <= Self.delayInRedisMax
    }

    // MARK: Its end

    /// Writes an outcome, and waits for the database as long as it must.
    ///
    /// A delivery that is released without its outcome is sent again. Deliveries that wait here keep their slots, so that no
    /// more are sent than can be written.
    /// - Returns: false if the database refuses the outcome itself.
    private func write(_ record: DeliveryRecord) async -> Bool {
        var backoff = Backoff(first: .milliseconds(500), most: .seconds(10))
        var tries = 0
        while true {
            let error: MySQLError
            switch await records.run(record) {
            case .success(let effect):
                await note(effect, record)
                return true
            case .failure(let failure): error = failure
            }
            if tries % 32 == 0 || error.isDataFault {
                logger.error(
                    "the outcome of an attempt was not written", .text("delivery", record.delivery.id), .error(error))
            }
            if error.isDataFault { return false }
            tries += 1
            await loop.sleep(for: backoff.next())
        }
    }

    private func note(_ effect: DeliveryTransaction.Effect, _ record: DeliveryRecord) async {
        guard let reason = effect.disabled else { return }
        let delivery = record.delivery
        telemetry.deliveries.note(disabled: reason)
        logger.warning(
            "a webhook was disabled", .text("webhook", delivery.webhookID), .text("reason", reason.rawValue))
        do throws(RedisError) {
            try await DispatchScript(effect.deliveries, of: delivery.organizationID).run(queue.redis)
        } catch {
            logger.debug("the event of a disabled webhook waits for the reconciler", .error(error))
        }
    }

    private func finish(_ claim: Claim, _ record: DeliveryRecord) async {
        guard await write(record) else {
            // The event may be sent again; receivers detect that by its id, which is the same.
            return await release(claim, after: .seconds(60))
        }
        count(record)
        let wait = wait(for: record).flatMap { isKeptInRedis(record.delivery, $0) ? $0 : nil }
        await end(claim, record.delivery, record.verdict, retryAfter: wait)
    }

    /// The time until the next attempt; nil if there is none.
    private func wait(for record: DeliveryRecord) -> Duration? {
        if case .failed(let wait) = record.outcome { wait } else { nil }
    }

    private func count(_ record: DeliveryRecord) {
        let deliveries = telemetry.deliveries
        switch record.outcome {
        case .delivered: deliveries.succeeded.add(1)
        case .failed: deliveries.attemptsFailed.add(1)
        case .canceled: break
        case .skipped: deliveries.skipped.add(1)
        }
        if record.outcome.isFailure { deliveries.failed.add(1) }
    }

    /// Acknowledges a job, or lets it wait for its next attempt, and counts what the attempt says about its endpoint.
    private func end(
        _ claim: Claim, _ delivery: Delivery, _ verdict: EndpointVerdict, retryAfter wait: Duration?
    ) async {
        let end = DeliveryEnd(claim: claim, limits: delivery.limits, verdict: verdict, retryAfter: wait)
        await loop.retryUntilConfirmed("end of an attempt", logger) { () async throws(QueueError) in
            do throws(RedisError) { return try await ends.run(end, at: claim.place) } catch { throw .redis(error) }
        }
    }

    /// Moves a delivery that MariaDB does not know to the dead letters.
    private func giveUp(_ claim: Claim) async {
        logger.error("a delivery has no row, and was added to the dead letters", .text("delivery", claim.id))
        telemetry.deadLetters.add(1)
        await loop.retryUntilConfirmed("dead letter", logger) { () async throws(QueueError) in
            try await queue.addToDeadLetters(claim, reason: "the delivery has no row")
        }
        await acknowledge(claim)
    }

    private func acknowledge(_ claim: Claim) async {
        await loop.retryUntilConfirmed("acknowledge", logger) { () async throws(QueueError) in
            try await queue.acknowledge(claim)
        }
    }

    private func release(_ claim: Claim, after delay: Duration) async {
        await loop.retryUntilConfirmed("release", logger) { () async throws(QueueError) in
            try await queue.release(claim, delay: delay, countsAttempt: false)
        }
    }
}
