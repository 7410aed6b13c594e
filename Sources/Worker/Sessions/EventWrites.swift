internal import Shared

/// Events of sessions that end in a transaction, with one delivery for each endpoint that wants them.
struct EventWrites {
    private struct Pending {
        let view: SessionView
        let ticket: SessionTicket
    }

    private let now: Timestamp
    private let links: FileLinks
    private var pending: [Pending] = []

    init(now: Timestamp, links: FileLinks) {
        self.now = now
        self.links = links
    }

    mutating func add(_ view: SessionView, _ ticket: SessionTicket) {
        pending.append(Pending(view: view, ticket: ticket))
    }

    /// Writes events and deliveries.
    /// - Returns: each session's deliveries, with the endpoint as their lane.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [(id: String, lane: String)]] {
        if pending.isEmpty { return [:] }
        var random = SystemRandomSource()
        let endpoints = try endpoints(connection)
        var events: [[MySQLValue]] = []
        var deliveries: [[MySQLValue]] = []
        var lanes: [SessionID: [(id: String, lane: String)]] = [:]
        for one in pending {
            let id = EventID(at: now, random: &random)
            let organization = one.ticket.organizationID
            let type = one.view.status.eventType
            events.append([
                .id(id), .id(organization), .text(one.ticket.environment.rawValue), .id(one.view.id), .text(type),
                .bytes(body(id, type, one)), .text(one.ticket.requestID), .optional(one.ticket.traceparent), .time(now),
            ])
            for endpoint in endpoints[organization] ?? []
            where endpoint.environment == one.ticket.environment && endpoint.wants(type) {
                let delivery = DeliveryID(at: now, random: &random)
                deliveries.append([
                    .id(delivery), .id(organization), .id(id), .id(endpoint.id), .time(now), .time(now),
                ])
                lanes[one.view.id, default: []].append((delivery.description, endpoint.id.description))
            }
        }
        try connection.insert(events, SessionStatements.insertEvents)
        try connection.insert(deliveries, SessionStatements.insertDeliveries)
        return lanes
    }

    /// The bytes that are signed and sent, whenever and how often they are sent.
    private func body(_ id: EventID, _ type: String, _ one: Pending) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("id", id)
            json.field("type", type)
            json.field("createdAt", now)
            json.field("organizationId", one.ticket.organizationID)
            json.key("data")
            json.object { json in one.view.write(to: &json) { links.address(of: $0, at: now) } }
        }
        return json.bytes
    }

    private struct Endpoint {
        let id: WebhookID
        let environment: TenantEnvironment
        let types: Set<String>

        func wants(_ type: String) -> Bool { types.contains("*") || types.contains(type) }
    }

    private func endpoints(_ connection: MySQLConnection) throws(MySQLError) -> [OrganizationID: [Endpoint]] {
        let ids = StatementSize.padded(Set(pending.map(\.ticket.organizationID)).sorted())
        var found: [OrganizationID: [Endpoint]] = [:]
        for row in try connection.query(SessionStatements.endpoints(ids.count), ids.map { .id($0) }) {
            found[row.id(1), default: []].append(
                Endpoint(
                    id: row.id(0), environment: TenantEnvironment(rawValue: row.text(2)) ?? .test,
                    types: Set(row.text(3).split(separator: " ").map(String.init))))
        }
        return found
    }
}
