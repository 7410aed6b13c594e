internal import Domain
internal import Platform
internal import Synchronization

/// Handles the endpoints that show the deliveries of a webhook, and send one again.
final class DeliveryHandler {
    private let mysql: MySQLPool
    private let writes: IdempotentWrite
    private let producer: QueueProducer
    private let logger: Logger
    private var random = SystemRandomSource()
    private static let hidden = "(hidden)"
    private let headers: SealedHeaders

    init(mysql: MySQLPool, redis: RedisStore, writes: IdempotentWrite, headers: SealedHeaders, logger: Logger) {
        self.headers = headers
        self.mysql = mysql
        self.writes = writes
        self.logger = logger
        producer = QueueProducer(redis)
    }

    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let scope = try scope(context)
        let query = try QueryReader(context.request)
        let page = Page<DeliveryID>(query)
        let status: DeliveryStatus? = query.choice(DeliverySchema.status)
        let since = query.time(DeliverySchema.since) ?? Timestamp(unixMs: 0)
        let type = query.text(DeliverySchema.eventType)
        try query.faults.check()
        let parameters =
            scope + page.parameters + [
                "since": .time(since), "status": .optional(status?.rawValue), "type": .optional(type),
            ]
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(WebhookDeliveryStatements.list, parameters)
        }
        return page.response(rows, id: { $0.id("id") }, Self.write)
    }

    /// A delivery with its attempts.
    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: MySQLParameters = ["id": .id(try deliveryID(context))]
        let parameters = try scope(context) + id
        let found = try await mysql.ask { connection throws(MySQLError) -> (MySQLRow, [MySQLRow])? in
            guard let row = try connection.query(WebhookDeliveryStatements.read, parameters).first else { return nil }
            return (row, try connection.query(WebhookDeliveryStatements.attempts, id))
        }
        guard let (row, attempts) = found else { throw .notFound("delivery") }
        return .json { json in
            Self.write(row, &json)
            json.key("log")
            json.array { json in
                for attempt in attempts { json.object { json in writeAttempt(attempt, &json) } }
            }
        }
    }

    /// Sends an event again to its endpoint, under the same ids; the attempts begin again.
    func resend(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let (id, webhook) = (try deliveryID(context), try webhookID(context))
        let key = context.key
        let parameters = try scope(context) + ["id": .id(id)]
        let resent: MySQLParameters = ["id": .id(id), "webhook": .id(webhook)]
        let webhookScope = key.tenant + ["id": .id(webhook)]
        let response = try await writes.run(
            context, route: "webhooks.resend", fingerprinting: Array("\(webhook) \(id)".utf8)
        ) { connection throws(MySQLError) in
            guard let endpoint = try connection.query(WebhookStatements.isActive, webhookScope).first,
                try !connection.query(WebhookDeliveryStatements.read, parameters).isEmpty
            else { return .failure(.notFound("delivery")) }
            guard endpoint.boolean("is_active") else {
                return .failure(Problem(.conflict, "the webhook is not active; activate it first"))
            }
            if try connection.update(WebhookDeliveryStatements.resend, resent) == 0 {
                return .failure(Problem(.conflict, "the delivery is pending; it is sent when its next attempt is due"))
            }
            guard let row = try connection.query(WebhookDeliveryStatements.read, parameters).first else {
                return .failure(.notFound("delivery"))
            }
            let answer = HTTPResponse.json(.accepted) { json in Self.write(row, &json) }
            return .success(IdempotentWrite.Answer(status: .accepted, body: answer.body.bytes))
        }
        await enqueue(id, webhook, key)
        return response
    }

    /// Sends an event of the type `webhook.test` to the endpoint, whatever types it subscribes to.
    func test(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let webhook = try webhookID(context)
        let (key, now) = (context.key, context.now)
        let event = EventID(at: now, random: &random)
        let id = DeliveryID(at: now, random: &random)
        let body = JSONWriter.object(capacity: 256) { json in
            json.field("id", event)
            json.field("type", EventName.webhookTest.rawValue)
            json.field("createdAt", now)
            json.field("organizationId", key.organizationID)
            json.key("data")
            json.object { json in json.field("webhookId", webhook) }
        }
        let webhookScope = key.tenant + ["id": .id(webhook)]
        let eventRow: MySQLParameters =
            key.tenant + [
                "event": .id(event), "type": .text(EventName.webhookTest.rawValue), "body": .bytes(body),
                "request": .text(context.request.requestID), "now": .time(now),
            ]
        let row: MySQLParameters = [
            "id": .id(id), "organization": .id(key.organizationID), "event": .id(event), "webhook": .id(webhook),
            "now": .time(now),
        ]
        let shown = try scope(context) + ["id": .id(id)]
        let isMade = Atomic<Bool>(false)
        let response = try await writes.run(
            context, route: "webhooks.test", fingerprinting: Array("\(webhook)".utf8)
        ) { connection throws(MySQLError) in
            guard let endpoint = try connection.query(WebhookStatements.isActive, webhookScope).first else {
                return .failure(.notFound("webhook"))
            }
            guard endpoint.boolean("is_active") else {
                return .failure(Problem(.conflict, "the webhook is not active; activate it first"))
            }
            try connection.update(WebhookDeliveryStatements.insertEvent, eventRow)
            try connection.update(WebhookDeliveryStatements.insert, row)
            guard let stored = try connection.query(WebhookDeliveryStatements.read, shown).first else {
                return .failure(Problem(.internalError, "the delivery was not stored"))
            }
            isMade.store(true, ordering: .relaxed)
            let answer = HTTPResponse.json(.accepted) { json in Self.write(stored, &json) }
            return .success(IdempotentWrite.Answer(status: .accepted, body: answer.body.bytes))
        }
        // A replay has made no delivery.
        if isMade.load(ordering: .relaxed) { await enqueue(id, webhook, key) }
        return response
    }

    /// Enqueues a pending delivery; if Redis fails, the reconciler does it.
    private func enqueue(_ id: DeliveryID, _ webhook: WebhookID, _ key: APIKey) async {
        let job = Job(id: id.description, lane: webhook.description, weight: 1, payload: [[]])
        do throws(RedisError) {
            try await producer.enqueue(job, in: QueuePlace(.webhooks, shard: key.names.place.shard))
        } catch {
            logger.warning("a delivery that is sent again waits for the reconciler", .id(id), .error(error))
        }
    }

    // MARK: Requests and rows

    /// The header fields of an attempt; what is secret, or is a signature, is hidden.
    private func requestFields(_ row: MySQLRow) -> [HTTPField] {
        let fields = DeliveryFields.all(
            eventID: row.text("event_id"), eventType: row.text("type"), deliveryID: row.text("delivery_id"),
            attempt: Int(row.integer("attempt")), at: row.time("started_at"),
            traceparent: row.optionalText("traceparent"))
        let own = headers.names(row.optionalBytes("headers"), of: row.text("webhook_id"))
        return fields + (own + DeliveryFields.signatures).map { HTTPField($0, Self.hidden) }
    }

    private func webhookID(_ context: KeyContext) throws(Problem) -> WebhookID {
        try context.request.id(0, "webhook")
    }

    private func deliveryID(_ context: KeyContext) throws(Problem) -> DeliveryID {
        try context.request.id(1, "delivery")
    }

    private func scope(_ context: KeyContext) throws(Problem) -> MySQLParameters {
        context.key.tenant + ["webhook": .id(try webhookID(context))]
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text("id"))
        json.field("eventId", row.text("event_id"))
        json.field("eventType", row.text("type"))
        json.field("status", row.text("status"))
        json.field("attempts", row.integer("attempts"))
        json.field("nextAttemptAt", row.optionalTime("next_attempt_at"))
        json.field("deliveredAt", row.optionalTime("delivered_at"))
        json.key("lastStatusCode")
        if let code = row.optionalInteger("last_status_code") { json.integer(code) } else { json.null() }
        json.field("lastError", row.optionalText("last_error"))
        json.field("createdAt", row.time("created_at"))
    }

    private func writeAttempt(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("attempt", row.integer("attempt"))
        json.key("requestHeaders")
        json.object { json in
            for field in requestFields(row) {
                json.key(text: field.name)
                json.string(field.value)
            }
        }
        json.field("address", row.optionalText("address"))
        json.key("statusCode")
        if let code = row.optionalInteger("status_code") { json.integer(code) } else { json.null() }
        json.field("error", row.optionalText("error"))
        // Bytes that are no UTF-8 are shown as replacement characters.
        json.field("response", String(decoding: row.optionalBytes("response") ?? [], as: UTF8.self))
        json.field("durationMs", row.integer("duration_ms"))
        json.field("startedAt", row.time("started_at"))
    }
}
