internal import Domain
internal import Platform

/// The outbox of the sessions that end in a transaction: one event each, and one delivery for each subscribed endpoint.
struct EventOutbox {
    private struct Pending {
        let view: SessionView
        let job: TryOnJob
    }

    private let now: Timestamp
    private let links: SignedLinks
    private var pending: [Pending] = []

    init(now: Timestamp, links: SignedLinks) {
        self.now = now
        self.links = links
    }

    mutating func add(_ view: SessionView, _ job: TryOnJob) {
        pending.append(Pending(view: view, job: job))
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by session.
    func write(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        if pending.isEmpty { return [:] }
        var random = SystemRandomSource()
        let endpoints = try endpoints(connection)
        var events: [EventRow] = []
        var deliveries: [DeliveryRow] = []
        var dispatched: [SessionID: [PendingDelivery]] = [:]
        for one in pending {
            let event = event(one, EventID(at: now, random: &random))
            events.append(event)
            for endpoint in endpoints[event.organizationID] ?? [] where endpoint.wants(event) {
                let delivery = DeliveryRow(
                    id: DeliveryID(at: now, random: &random), organizationID: event.organizationID, eventID: event.id,
                    webhookID: endpoint.id, createdAt: now)
                deliveries.append(delivery)
                dispatched[one.view.id, default: []].append(
                    PendingDelivery(id: delivery.id.description, endpoint: endpoint.id.description))
            }
        }
        try connection.insert(events, EventRow.insert)
        try connection.insert(deliveries, DeliveryRow.insert)
        return dispatched
    }

    private func event(_ one: Pending, _ id: EventID) -> EventRow {
        let type = one.view.status.eventType
        // Stored, so that every attempt signs and sends the same bytes.
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("id", id)
            json.field("type", type)
            json.field("createdAt", now)
            json.field("organizationId", one.job.organizationID)
            json.key("data")
            json.object { json in one.view.write(to: &json) { links.address(of: $0, at: now) } }
        }
        return EventRow(
            id: id, organizationID: one.job.organizationID, environment: one.job.environment,
            subjectID: one.view.id.description, type: type, body: json.bytes, requestID: one.job.requestID,
            traceparent: one.job.traceparent, createdAt: now)
    }

    private struct ActiveWebhook {
        let id: WebhookID
        let environment: TenantEnvironment
        let types: Set<String>

        func wants(_ event: EventRow) -> Bool {
            environment == event.environment && (types.contains("*") || types.contains(event.type))
        }
    }

    private func endpoints(_ connection: MySQLConnection) throws(MySQLError) -> [OrganizationID: [ActiveWebhook]] {
        let ids = BatchSize.padded(Set(pending.map(\.job.organizationID)).sorted())
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
