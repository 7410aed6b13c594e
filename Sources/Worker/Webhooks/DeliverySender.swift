internal import Domain
internal import Platform

/// Signs and sends one delivery, and judges the answer.
final class DeliverySender {
    private let loop: EventLoop
    private let client: HTTPClient
    private let secretKey: SecretKey
    private let allowsHTTP: Bool
    private let telemetry: DeliveryTelemetry
    private let logger: Logger
    private let jitter: () -> Double
    private static let responseBytesMax = 16_384
    private static let control = "webhook-delivery"
    private static let retryAfter = "retry-after"

    init(
        loop: EventLoop, client: HTTPClient, secretKey: SecretKey, allowsHTTP: Bool, telemetry: DeliveryTelemetry,
        logger: Logger, jitter: @escaping () -> Double
    ) {
        self.loop = loop
        self.client = client
        self.secretKey = secretKey
        self.allowsHTTP = allowsHTTP
        self.telemetry = telemetry
        self.logger = logger
        self.jitter = jitter
    }

    /// Makes one attempt.
    func attempt(_ delivery: Delivery, at now: Timestamp) async -> DeliveryRecord {
        let secrets = secrets(of: delivery, at: now)
        guard !secrets.isEmpty, let headers = headers(of: delivery) else {
            logger.error("a webhook's secret cannot be opened: was DRAPE_SECRET_KEY changed?")
            return failure(delivery, now, "the secret cannot be opened")
        }
        let started = loop.now
        let outcome = await client.send(request(delivery, secrets, headers, now))
        var record: DeliveryRecord
        switch outcome {
        case .failure(let error):
            record = failure(delivery, now, error.message)
            record.verdict = EndpointVerdict(error.cause)
        case .success(let answer):
            record = judge(answer, of: delivery, now)
            telemetry.note(isConnectionReused: answer.isConnectionReused)
        }
        record.durationMs = (loop.now - started).milliseconds()
        let waitMs = delivery.isFirstAttempt ? now.unixMs - delivery.createdAt.unixMs : nil
        telemetry.note(attempt: record.attempt, waitMs: waitMs, durationMs: record.durationMs)
        return record
    }

    // MARK: The request

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

    /// The fields of the endpoint's owner; nil if they cannot be opened.
    private func headers(of delivery: Delivery) -> [HTTPField]? {
        guard let sealed = delivery.sealedHeaders else { return [] }
        return secretKey.open(sealed, context: HTTPField.sealContext(delivery.webhookID)).map {
            HTTPField.list(String(decoding: $0, as: UTF8.self))
        }
    }

    private func request(
        _ delivery: Delivery, _ secrets: [String], _ headers: [HTTPField], _ now: Timestamp
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: delivery.url, method: .post(delivery.body), bytesMax: Self.responseBytesMax)
        request.isCutAllowed = true
        request.allowsHTTP = allowsHTTP
        request.wantedFields = [Self.control, Self.retryAfter]
        let signatures = secrets.map {
            WebhookSignature.standard(
                secret: $0, id: delivery.eventID, timestamp: now.unixSeconds, body: delivery.body)
        }
        let fields = DeliveryFields.all(
            eventID: delivery.eventID, eventType: delivery.eventType, deliveryID: delivery.id,
            attempt: delivery.attempts + 1, at: now, traceparent: delivery.traceparent)
        request.fields =
            (fields + headers).map(\.line) + [
                "Expect:", "webhook-signature: \(signatures.joined(separator: " "))",
                "X-Webhook-Signature: \(WebhookSignature.plain(secret: secrets[0], body: delivery.body))",
            ]
        return request
    }

    // MARK: The answer

    private func judge(_ answer: HTTPClientResponse, of delivery: Delivery, _ now: Timestamp) -> DeliveryRecord {
        var record: DeliveryRecord
        let control = answer.fields[Self.control]?.lowercased()
        if (200..<300).contains(answer.status) {
            record = DeliveryRecord(delivery: delivery, outcome: .delivered, startedAt: now)
        } else if answer.status == 410 || control == "disable" || control == "abort-message" {
            record = DeliveryRecord(delivery: delivery, outcome: .failed(retryAfter: nil), startedAt: now)
            record.error = "the answer was \(answer.status)"
        } else {
            let asked = [429, 503].contains(answer.status) ? answer.fields[Self.retryAfter] : nil
            record = failure(
                delivery, now, "the answer was \(answer.status)",
                retryAfter: asked.flatMap { RetryAfter.wait($0, at: now) })
        }
        if answer.status == 410 { record.disables = .gone }
        if control == "disable" { record.disables = .requested }
        record.verdict = EndpointVerdict(status: answer.status)
        record.statusCode = answer.status
        record.response = answer.body
        record.address = answer.address
        return record
    }

    private func failure(
        _ delivery: Delivery, _ now: Timestamp, _ reason: String, retryAfter: Duration? = nil
    ) -> DeliveryRecord {
        let wait = WebhookSchedule.wait(
            afterAttempts: delivery.attempts + 1, jitter: jitter(), retryAfter: retryAfter)
        var record = DeliveryRecord(
            delivery: delivery, outcome: .failed(retryAfter: wait), startedAt: now)
        record.error = String(reason.prefix(255))
        return record
    }
}
