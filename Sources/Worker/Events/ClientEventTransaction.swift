internal import Domain
internal import Platform

/// Writes a group of clients' events, each with its deliveries, once.
struct ClientEventTransaction: Sendable {
    /// An idempotency key names its event for this long.
    static let idempotencyLifetime = Duration.seconds(24 * 60 * 60)
    private let claimed: [ClaimedEvent]
    private let now: Timestamp

    init(_ claimed: [ClaimedEvent], at now: Timestamp) {
        self.claimed = claimed
        self.now = now
    }

    /// Writes the group.
    /// - Returns: the deliveries of each event, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [[PendingDelivery]] {
        try connection.transaction { () throws(MySQLError) in
            let stored = try stored(connection)
            var outbox = EventOutbox<EventID>(
                now: now, subscribers: try Subscribers(of: Set(claimed.map(\.organizationID)), connection))
            var written: [EventID] = []
            for one in claimed {
                if stored.ids.contains(one.id) {
                    written.append(one.id)
                } else if let subject = subject(of: one, stored) {
                    add(one, subject, to: &outbox)
                }
            }
            let new = try outbox.write(connection)
            let old = try pendingDeliveries(written, connection)
            return claimed.map { new[$0.id] ?? old[$0.id] ?? [] }
        }
    }

    // MARK: Steps

    /// The events that have been written already.
    private struct Stored {
        var ids: Set<EventID> = []
        /// The time of each event by its subject and type.
        var times: [Subject: Timestamp] = [:]
    }

    private struct Subject: Hashable {
        let id: String
        let type: String
    }

    private func stored(_ connection: MySQLConnection) throws(MySQLError) -> Stored {
        var found = Stored()
        let ids = BatchSize.padded(claimed.map(\.id)).map { MySQLValue.id($0) }
        for row in try connection.query(ClientEventStatements.stored(ids.count), ids) { found.ids.insert(row.id("id")) }
        let named = claimed.map(\.event.subjectID).filter { !$0.isEmpty }
        if named.isEmpty { return found }
        let subjects = BatchSize.padded(named).map { MySQLValue.text($0) }
        for row in try connection.query(ClientEventStatements.subjects(subjects.count), subjects) {
            found.times[Subject(id: row.text("subject_id"), type: row.text("type"))] = row.time("created_at")
        }
        return found
    }

    /// The subject under which an event is written; nil if another event has its idempotency key.
    private func subject(of one: ClaimedEvent, _ stored: Stored) -> String? {
        guard let time = stored.times[Subject(id: one.subjectID, type: one.event.type)] else { return one.subjectID }
        return time + Self.idempotencyLifetime > one.id.createdAt ? nil : one.id.description
    }

    private func add(_ one: ClaimedEvent, _ subject: String, to outbox: inout EventOutbox<EventID>) {
        let event = one.event
        outbox.add(event.type, of: one.organizationID, event.environment, origin: one.id) {
            OutgoingEvent(
                id: one.id, organizationID: one.organizationID, environment: event.environment, subjectID: subject,
                type: event.type, requestID: event.requestID, traceparent: event.traceparent
            ) { json in json.members(of: event.data) }
        }
    }

    /// The deliveries of events whose worker died after its commit.
    private func pendingDeliveries(
        _ written: [EventID], _ connection: MySQLConnection
    ) throws(MySQLError) -> [EventID: [PendingDelivery]] {
        if written.isEmpty { return [:] }
        var found: [EventID: [PendingDelivery]] = [:]
        let ids = BatchSize.padded(written).map { MySQLValue.id($0) }
        for row in try connection.query(ClientEventStatements.pendingDeliveries(ids.count), ids) {
            found[row.id("event_id"), default: []].append(
                PendingDelivery(
                    id: row.text("delivery_id"), endpoint: row.text("webhook_id"), limits: WebhookLimits(row)))
        }
        return found
    }
}
