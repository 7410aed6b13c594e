internal import Domain
internal import Platform

/// Makes one attempt at a claimed delivery: load, sign, send, record, then acknowledge or wait for the next attempt.
final class WebhookDeliverer {
    private let loop: EventLoop
    private let queue: QueueConsumer
    private let mysql: MySQLPool
    private let client: HTTPClient
    private let secretKey: SecretKey
    private let allowsHTTP: Bool
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let clock: any WallClock
    private let jitter: () -> Double
    private let loads: GroupCommit<String, Delivery?>
    private let records: GroupCommit<DeliveryRecord, Void>
    private let ends: ScriptBatch<DeliveryEnd, Bool>
    private static let responseBytesMax = 1_024

    init(
        loop: EventLoop, queue: QueueConsumer, mysql: MySQLPool, client: HTTPClient, secretKey: SecretKey,
        allowsHTTP: Bool, telemetry: WorkerTelemetry, logger: Logger, clock: any WallClock,
        jitter: @escaping () -> Double = { Double.random(in: 0.8...1.2) }
    ) {
        self.loop = loop
        self.queue = queue
        self.mysql = mysql
        self.client = client
        self.secretKey = secretKey
        self.allowsHTTP = allowsHTTP
        self.telemetry = telemetry
        self.logger = logger
        self.clock = clock
        self.jitter = jitter
        loads = GroupCommit(loop: loop, mysql: mysql) { ids, connection throws(MySQLError) in
            try Delivery.load(ids, connection)
        }
        records = GroupCommit(loop: loop, mysql: mysql) { records, connection throws(MySQLError) in
            try DeliveryRecord.write(records, at: clock.now(), connection)
        }
        ends = ScriptBatch(loop: loop) { place, ends throws(RedisError) in
            let reply = try await DeliveryEndScript(
                boot: queue.boot, place: place, ends: ends, jitter: jitter()
            ).run(queue.redis)
            telemetry.breakersOpened.add(reply.breakersOpened)
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
        let now = clock.now()
        guard delivery.isPending else { return await acknowledge(claim) }
        if delivery.isWebhookDeleted || !delivery.isWebhookActive {
            let outcome = delivery.isWebhookDeleted ? DeliveryRecord.Outcome.canceled : .skipped
            return await finish(claim, DeliveryRecord(delivery: delivery, outcome: outcome, startedAt: now))
        }
        // Redis may have been rewound; the time of the next attempt in MariaDB decides.
        if let next = delivery.nextAttemptAt, next > now {
            return await release(claim, after: .milliseconds(next.unixMs - now.unixMs))
        }
        await finish(claim, await attempt(delivery, now))
    }

    // MARK: One attempt

    private func attempt(_ delivery: Delivery, _ now: Timestamp) async -> DeliveryRecord {
        let secrets = secrets(of: delivery, at: now)
        guard !secrets.isEmpty else {
            logger.error("a webhook's secret cannot be opened: was DRAPE_SECRET_KEY changed?")
            return failure(delivery, now, "the secret cannot be opened")
        }
        let request = request(delivery, secrets, now)
        let started = loop.now
        let outcome = await client.send(request)
        let duration = (loop.now - started).milliseconds()
        switch outcome {
        case .failure(let error):
            var record = failure(delivery, now, error.message)
            record.verdict = EndpointVerdict(error.cause)
            record.durationMs = duration
            return record
        case .success(let answer):
            var record: DeliveryRecord
            switch answer.status {
            case 200..<300: record = DeliveryRecord(delivery: delivery, outcome: .delivered, startedAt: now)
            case 410: record = DeliveryRecord(delivery: delivery, outcome: .gone, startedAt: now)
            default:
                let asksForTime = [429, 503].contains(answer.status)
                record = failure(
                    delivery, now, "the answer was \(answer.status)",
                    retryAfter: asksForTime ? answer.retryAfter.flatMap { Int($0) } : nil)
            }
            record.verdict = EndpointVerdict(status: answer.status)
            record.statusCode = answer.status
            record.response = answer.body
            record.address = answer.address
            record.durationMs = duration
            return record
        }
    }

    /// The secrets that sign a delivery, the newest first; empty if that one cannot be opened.
    private func secrets(of delivery: Delivery, at now: Timestamp) -> [String] {
        guard let newest = secretKey.open(delivery.sealedSecret, context: delivery.webhookID) else { return [] }
        var secrets = [String(decoding: newest, as: UTF8.self)]
        if let previous = delivery.previousSecret, previous.until > now,
            let opened = secretKey.open(previous.sealed, context: delivery.webhookID)
        {
            secrets.append(String(decoding: opened, as: UTF8.self))
        }
        return secrets
    }

    private func request(_ delivery: Delivery, _ secrets: [String], _ now: Timestamp) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: delivery.url, method: .post(delivery.body), bytesMax: Self.responseBytesMax)
        request.isCutAllowed = true
        request.allowsHTTP = allowsHTTP
        let signatures = secrets.map {
            WebhookSignature.standard(
                secret: $0, id: delivery.eventID, timestamp: now.unixSeconds, body: delivery.body)
        }
        request.fields = [
            "Content-Type: application/json", "User-Agent: Drape/\(BuildVersion.text)", "Expect:",
            "webhook-id: \(delivery.eventID)", "webhook-timestamp: \(now.unixSeconds)",
            "webhook-signature: \(signatures.joined(separator: " "))", "X-Webhook-Event: \(delivery.eventType)",
            "X-Webhook-Delivery-Id: \(delivery.id)", "X-Webhook-Attempt: \(delivery.attempts + 1)",
            "X-Webhook-Signature: \(WebhookSignature.plain(secret: secrets[0], body: delivery.body))",
        ]
        if let traceparent = delivery.traceparent { request.fields.append("traceparent: \(traceparent)") }
        return request
    }

    private func failure(
        _ delivery: Delivery, _ now: Timestamp, _ reason: String, retryAfter seconds: Int? = nil
    ) -> DeliveryRecord {
        let wait = WebhookSchedule.wait(
            afterAttempts: delivery.attempts + 1, jitter: jitter(),
            retryAfter: seconds.map { .seconds(min(max(0, $0), 86_400)) })
        var record = DeliveryRecord(
            delivery: delivery, outcome: .failed(retryAt: wait.map { now + $0 }), startedAt: now)
        record.error = String(reason.prefix(255))
        return record
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
            guard case .failure(let error) = await records.run(record) else { return true }
            if tries % 32 == 0 || error.isDataFault {
                logger.error(
                    "the outcome of an attempt was not written", .text("delivery", record.delivery.id), .error(error))
            }
            if error.isDataFault { return false }
            tries += 1
            await loop.sleep(for: backoff.next())
        }
    }

    private func finish(_ claim: Claim, _ record: DeliveryRecord) async {
        guard await write(record) else {
            // The event may be sent again; receivers detect that by its id, which is the same.
            return await release(claim, after: .seconds(60))
        }
        switch record.outcome {
        case .delivered: telemetry.deliveriesSucceeded.add(1)
        case .failed, .gone: telemetry.attemptsFailed.add(1)
        case .canceled: break
        case .skipped: telemetry.deliveriesSkipped.add(1)
        }
        if record.outcome.isFailure { telemetry.deliveriesFailed.add(1) }
        var wait: Duration?
        if case .failed(let retryAt?) = record.outcome {
            wait = .milliseconds(max(1, retryAt.unixMs - clock.now().unixMs))
        }
        let end = DeliveryEnd(claim: claim, verdict: record.verdict, retryAfter: wait)
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
