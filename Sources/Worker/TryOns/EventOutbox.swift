internal import Domain
internal import Platform

/// The outbox of a transaction: its events, and one delivery for each endpoint that subscribes to them.
///
/// An event is made and kept only if one does. A delivery to an endpoint that is not active is skipped, until its owner asks
/// for it.
struct EventOutbox {
    private struct Candidate {
        let job: TryOnJob
        let type: String
        let make: () -> TryOnEvent
    }

    private let now: Timestamp
    private let links: SignedLinks
    private var candidates: [Candidate] = []

    init(now: Timestamp, links: SignedLinks) {
        self.now = now
        self.links = links
    }

    /// Adds an event, which `make` makes if an endpoint subscribes to its type.
    mutating func add(_ type: String, of job: TryOnJob, _ make: @escaping () -> TryOnEvent) {
        candidates.append(Candidate(job: job, type: type, make: make))
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by session.
    func write(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        if candidates.isEmpty { return [:] }
        var random = SystemRandomSource()
        let endpoints = try endpoints(connection)
        var events: [EventRow] = []
        var deliveries: [DeliveryRow] = []
        var dispatched: [SessionID: [PendingDelivery]] = [:]
        for candidate in candidates {
            let wanting = (endpoints[candidate.job.organizationID] ?? []).filter {
                $0.wants(candidate.type, candidate.job)
            }
            if wanting.isEmpty { continue }
            let one = candidate.make()
            let event = row(of: one, EventID(at: now, random: &random))
            events.append(event)
            for endpoint in wanting {
                let delivery = DeliveryRow(
                    id: DeliveryID(at: now, random: &random), organizationID: event.organizationID, eventID: event.id,
                    webhookID: endpoint.id, isSkipped: !endpoint.isActive, createdAt: now)
                deliveries.append(delivery)
                if delivery.isSkipped { continue }
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

    private struct Subscriber {
        let id: WebhookID
        let isActive: Bool
        let environment: TenantEnvironment
        let types: Set<String>

        func wants(_ type: String, _ job: TryOnJob) -> Bool {
            environment == job.environment && (types.contains("*") || types.contains(type))
        }
    }

    private func endpoints(_ connection: MySQLConnection) throws(MySQLError) -> [OrganizationID: [Subscriber]] {
        let ids = BatchSize.padded(Set(candidates.map(\.job.organizationID)).sorted())
        var found: [OrganizationID: [Subscriber]] = [:]
        for row in try connection.query(TryOnStatements.endpoints(ids.count), ids.map { .id($0) }) {
            found[row.id("organization_id"), default: []].append(
                Subscriber(
                    id: row.id("id"), isActive: row.boolean("is_active"),
                    environment: TenantEnvironment(rawValue: row.text("environment")) ?? .test,
                    types: Set(row.text("events").split(separator: " ").map(String.init))))
        }
        return found
    }
}
