package import Platform

/// The outbox of a transaction: its events, and one delivery for each endpoint that subscribes to them.
///
/// An event is made and kept only if one does. A delivery to an endpoint that is not active, or that has too many waiting
/// deliveries, is skipped until its owner asks for it.
package struct EventOutbox<Origin: Hashable> {
    private let now: Timestamp
    private let subscribers: Subscribers
    private var random = SystemRandomSource()
    private var events: [EventRow] = []
    private var waiting: [(origin: Origin, event: EventRow, endpoint: Subscribers.Subscriber)] = []

    /// - Parameters:
    ///   - now: when the events happen.
    ///   - subscribers: the endpoints of the events' organisations.
    package init(now: Timestamp, subscribers: Subscribers) {
        self.now = now
        self.subscribers = subscribers
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
        _ make: () -> OutgoingEvent
    ) {
        let wanting = subscribers.subscribed(to: type, of: organizationID, environment)
        if wanting.isEmpty { return }
        let event = EventRow(make(), at: now, random: &random)
        events.append(event)
        for endpoint in wanting { waiting.append((origin, event, endpoint)) }
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by origin.
    package mutating func write(_ connection: MySQLConnection) throws(MySQLError) -> [Origin: [PendingDelivery]] {
        if events.isEmpty { return [:] }
        var deliveries: [DeliveryRow] = []
        var dispatched: [Origin: [PendingDelivery]] = [:]
        // Ids of one millisecond are random: sorted, they have the order of the events.
        var ids: [DeliveryID] = []
        for _ in waiting { ids.append(DeliveryID(at: now, random: &random)) }
        ids.sort()
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
