internal import Domain
internal import Platform

/// The outbox of a transaction: its events, and one delivery for each subscribed endpoint.
///
/// An event that is not always kept is written only if an endpoint wants it.
struct EventOutbox {
    private let now: Timestamp
    private let links: SignedLinks
    /// An event that is made only if an endpoint wants it.
    private struct Optional {
        let job: TryOnJob
        let type: String
        let make: () -> TryOnEvent
    }

    private var pending: [TryOnEvent] = []
    private var optional: [Optional] = []

    init(now: Timestamp, links: SignedLinks) {
        self.now = now
        self.links = links
    }

    mutating func add(_ event: TryOnEvent) {
        pending.append(event)
    }

    /// Adds an event that is not made unless an endpoint wants it.
    mutating func add(_ type: String, of job: TryOnJob, _ make: @escaping () -> TryOnEvent) {
        optional.append(Optional(job: job, type: type, make: make))
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by session.
    func write(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        if pending.isEmpty, optional.isEmpty { return [:] }
        var random = SystemRandomSource()
        let endpoints = try endpoints(connection)
        let wanted = optional.filter { one in
            (endpoints[one.job.organizationID] ?? []).contains { $0.wants(one.type, one.job) }
        }
        var events: [EventRow] = []
        var deliveries: [DeliveryRow] = []
        var dispatched: [SessionID: [PendingDelivery]] = [:]
        for one in pending + wanted.map({ $0.make() }) {
            let wanting = (endpoints[one.job.organizationID] ?? []).filter { $0.wants(one.type, one.job) }
            if wanting.isEmpty, !one.isAlwaysKept { continue }
            let event = row(of: one, EventID(at: now, random: &random))
            events.append(event)
            for endpoint in wanting {
                let delivery = DeliveryRow(
                    id: DeliveryID(at: now, random: &random), organizationID: event.organizationID, eventID: event.id,
                    webhookID: endpoint.id, createdAt: now)
                deliveries.append(delivery)
                dispatched[one.sessionID, default: []].append(
                    PendingDelivery(id: delivery.id.description, endpoint: endpoint.id.description))
            }
        }
        try connection.insert(events, EventRow.insert)
        try connection.insert(deliveries, DeliveryRow.insert)
        return dispatched
    }

    private func row(of one: TryOnEvent, _ id: EventID) -> EventRow {
        // Stored, so that every attempt signs and sends the same bytes.
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("id", id)
            json.field("type", one.type)
            json.field("createdAt", now)
            json.field("organizationId", one.job.organizationID)
            json.key("data")
            json.object { json in one.write(to: &json) { links.address(of: $0, at: now) } }
        }
        return EventRow(
            id: id, organizationID: one.job.organizationID, environment: one.job.environment,
            subjectID: one.subjectID, type: one.type, body: json.bytes, requestID: one.job.requestID,
            traceparent: one.job.traceparent, createdAt: now)
    }

    private struct ActiveWebhook {
        let id: WebhookID
        let environment: TenantEnvironment
        let types: Set<String>

        func wants(_ type: String, _ job: TryOnJob) -> Bool {
            environment == job.environment && (types.contains("*") || types.contains(type))
        }
    }

    private func endpoints(_ connection: MySQLConnection) throws(MySQLError) -> [OrganizationID: [ActiveWebhook]] {
        let ids = BatchSize.padded(Set(pending.map(\.job.organizationID) + optional.map(\.job.organizationID)).sorted())
        var found: [OrganizationID: [ActiveWebhook]] = [:]
        for row in try connection.query(TryOnStatements.endpoints(ids.count), ids.map { .id($0) }) {
            found[row.id("organization_id"), default: []].append(
                ActiveWebhook(
                    id: row.id("id"), environment: TenantEnvironment(rawValue: row.text("environment")) ?? .test,
                    types: Set(row.text("events").split(separator: " ").map(String.init))))
        }
        return found
    }
}
