package import Platform

/// The outbox of a transaction: its events, and one delivery for each endpoint that subscribes to them.
///
/// An event is made and kept only if one does. A delivery to an endpoint that is not active, or that has too many waiting
/// deliveries, is skipped until its owner asks for it.
package struct EventOutbox<Origin: Hashable> {
    private struct Candidate {
        let origin: Origin
        let organizationID: OrganizationID
        let environment: TenantEnvironment
        let type: String
        let make: () -> OutgoingEvent
    }

    private let now: Timestamp
    private var candidates: [Candidate] = []

    package init(now: Timestamp) {
        self.now = now
    }

    /// Adds an event, which `make` makes if an endpoint subscribes to its type.
    /// - Parameters:
    ///   - type: its type.
    ///   - organizationID: whose it is.
    ///   - environment: whose endpoints get it.
    ///   - origin: what its deliveries are returned by.
    ///   - make: makes it.
    package mutating func add(
        _ type: String, of organizationID: OrganizationID, _ environment: TenantEnvironment, origin: Origin,
        _ make: @escaping () -> OutgoingEvent
    ) {
        candidates.append(
            Candidate(
                origin: origin, organizationID: organizationID, environment: environment, type: type, make: make))
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by origin.
    package func write(_ connection: MySQLConnection) throws(MySQLError) -> [Origin: [PendingDelivery]] {
        if candidates.isEmpty { return [:] }
        var random = SystemRandomSource()
        let subscribers = try Subscriber.read(Set(candidates.map(\.organizationID)), connection)
        var events: [EventRow] = []
        var waiting: [(origin: Origin, event: EventRow, endpoint: Subscriber)] = []
        var deliveries: [DeliveryRow] = []
        var dispatched: [Origin: [PendingDelivery]] = [:]
        for candidate in candidates {
            let wanting = (subscribers[candidate.organizationID] ?? []).filter {
                $0.wants(candidate.type, candidate.environment)
            }
            if wanting.isEmpty { continue }
            let event = EventRow(candidate.make(), at: now, random: &random)
            events.append(event)
            for endpoint in wanting { waiting.append((candidate.origin, event, endpoint)) }
        }
        // Ids of one millisecond are random: sorted, they have the order of the events.
        let ids = waiting.map { _ in DeliveryID(at: now, random: &random) }.sorted()
        for (id, (origin, event, endpoint)) in zip(ids, waiting) {
            let delivery = DeliveryRow(
                id: id, organizationID: event.organizationID, eventID: event.id, webhookID: endpoint.id,
                isSkipped: !endpoint.isReady, createdAt: now)
            deliveries.append(delivery)
            if delivery.isSkipped { continue }
            dispatched[origin, default: []].append(
                PendingDelivery(id: id.description, endpoint: endpoint.id.description, limits: endpoint.limits))
        }
        try connection.insert(events, EventRow.insert)
        try connection.insert(deliveries, DeliveryRow.insert)
        return dispatched
    }
}

/// An endpoint, as it subscribes to events.
private struct Subscriber {
    let id: WebhookID
    /// Whether its deliveries are due at once.
    let isReady: Bool
    let limits: WebhookLimits
    private let environment: TenantEnvironment
    private let patterns: [EventTypePattern]

    private init(_ row: MySQLRow) {
        id = row.id("id")
        isReady = row.boolean("is_active") && !row.boolean("is_full")
        limits = WebhookLimits(row)
        environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
        patterns = EventTypePattern.list(row.text("events"))
    }

    func wants(_ type: String, _ environment: TenantEnvironment) -> Bool {
        environment == self.environment && patterns.contains { $0.matches(type) }
    }

    static func read(
        _ organizations: Set<OrganizationID>, _ connection: MySQLConnection
    ) throws(MySQLError) -> [OrganizationID: [Subscriber]] {
        var found: [OrganizationID: [Subscriber]] = [:]
        let ids = organizations.sorted()
        for some in BatchSize.paddedPieces(ids) {
            for row in try connection.query(EventStatements.subscribers(some.count), some.map { .id($0) }) {
                found[row.id("organization_id"), default: []].append(Subscriber(row))
            }
        }
        return found
    }
}

extension WebhookLimits {
    /// Reads the columns `max_concurrency`, `rate_per_second` and `is_ordered` of a webhook, and `updated_at` under the name
    /// `limits_changed_at`.
    package init(_ row: MySQLRow) {
        self.init(
            maxConcurrency: Int(row.integer("max_concurrency")),
            ratePerSecond: row.optionalInteger("rate_per_second").map { Int($0) }, isOrdered: row.boolean("is_ordered"),
            version: row.time("limits_changed_at").unixMs)
    }
}
