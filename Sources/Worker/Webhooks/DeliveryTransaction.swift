internal import Domain
internal import Platform

/// Writes the outcomes of a group of attempts: deliveries, attempts, and what they say about their endpoints.
///
/// An outcome counts once: it changes only a delivery that is pending and has had no such attempt yet, so that a commit whose
/// answer was lost may be repeated.
struct DeliveryTransaction: Sendable {
    /// An endpoint that has failed for so long, so often, is disabled.
    static let failingFor = Duration.seconds(5 * 24 * 60 * 60)
    static let failingAttempts: Int64 = 20
    private let records: [DeliveryRecord]
    private let now: Timestamp

    init(_ records: [DeliveryRecord], at now: Timestamp) {
        self.records = records
        self.now = now
    }

    /// What a record has led to.
    struct Effect: Sendable {
        /// Why its endpoint was disabled; nil if it was not.
        var disabled: DisabledReason?
        /// The deliveries of the event about that.
        var deliveries: [PendingDelivery] = []
    }

    /// Writes the group.
    /// - Returns: the effects, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Effect] {
        try connection.transaction { () throws(MySQLError) in
            let open = try lockOpen(connection)
            for (status, some) in Dictionary(grouping: open, by: \.outcome.statusWithoutAttempt) {
                guard let status else { continue }
                let ids = BatchSize.padded(some.map { MySQLValue.text($0.delivery.id) })
                try connection.update(DeliveryStatements.endWithoutAttempt(ids.count), [.text(status.rawValue)] + ids)
            }
            let attempts = open.filter { $0.outcome.statusWithoutAttempt == nil }
            try update(attempts, connection)
            try connection.insert(attempts, DeliveryStatements.insertAttempts)
            let tallies = Dictionary(grouping: attempts, by: EndpointTally.CalledURL.init)
                .map { EndpointTally($0, records: $1, hour: now.hour) }
                .sorted { $0.webhookID < $1.webhookID }
            for tally in tallies {
                try connection.update(DeliveryStatements.countAttempts, tally.parameters(at: now))
            }
            try connection.insert(tallies, EndpointTally.insert)
            let effects = try disable(tallies, connection)
            // The first record of an endpoint has the effect.
            var taken: Set<String> = []
            return records.map { record in
                guard taken.insert(record.delivery.webhookID).inserted else { return Effect() }
                return effects[record.delivery.webhookID] ?? Effect()
            }
        }
    }

    /// The records whose deliveries are pending and have had no such attempt yet, by their ids.
    private func lockOpen(_ connection: MySQLConnection) throws(MySQLError) -> [DeliveryRecord] {
        let ids = BatchSize.padded(records.map(\.delivery.id).sorted()).map { MySQLValue.text($0) }
        var attempts: [String: Int64] = [:]
        for row in try connection.query(DeliveryStatements.lockPending(ids.count), ids) {
            attempts[row.text("id")] = row.integer("attempts")
        }
        let open = records.filter { attempts[$0.delivery.id] == Int64($0.delivery.attempts) }
        // Of two outcomes of one delivery one counts, and a success before a failure.
        return Dictionary(grouping: open, by: \.delivery.id).sorted { $0.key < $1.key }.compactMap { _, some in
            some.first(where: \.isDelivered) ?? some.first
        }
    }

    /// Writes the new states; deliveries that succeeded alike are written together.
    private func update(_ attempts: [DeliveryRecord], _ connection: MySQLConnection) throws(MySQLError) {
        struct Success: Hashable {
            let attempt: Int
            let statusCode: Int?
        }
        let successes = Dictionary(grouping: attempts.filter(\.isDelivered)) {
            Success(attempt: $0.attempt, statusCode: $0.statusCode)
        }
        for (success, some) in successes {
            let ids = BatchSize.padded(some.map { MySQLValue.text($0.delivery.id) })
            let values: [MySQLValue] = [
                .integer(Int64(success.attempt)), .time(now), .optional(success.statusCode.map { Int64($0) }),
            ]
            try connection.update(DeliveryStatements.deliver(ids.count), values + ids)
        }
        for record in attempts {
            guard case .failed(let wait) = record.outcome else { continue }
            try connection.update(
                DeliveryStatements.fail,
                [
                    "status": .text(record.outcome.status.rawValue), "attempts": .integer(Int64(record.attempt)),
                    "wait_ms": .optional(wait?.milliseconds()),
                    "last_status_code": .optional(record.statusCode.map { Int64($0) }),
                    "last_error": .optional(record.error), "id": .text(record.delivery.id),
                ])
        }
    }

    // MARK: Disabling

    private func disable(
        _ tallies: [EndpointTally], _ connection: MySQLConnection
    ) throws(MySQLError) -> [String: Effect] {
        var effects: [String: Effect] = [:]
        var disabled: [(reason: DisabledReason, tally: EndpointTally, delivery: Delivery)] = []
        var entries: [AuditEntry] = []
        for tally in tallies {
            guard let record = tally.records.last, let reason = try disable(tally, connection) else { continue }
            effects[tally.webhookID] = Effect(disabled: reason)
            entries.append(
                AuditEntry(
                    .webhookDisabled, of: tally.webhookID, in: record.delivery.organizationID, by: AuditEntry.worker,
                    detail: "\(reason.rawValue): \(tally.lastError ?? "")", at: now))
            disabled.append((reason, tally, record.delivery))
        }
        if disabled.isEmpty { return [:] }
        // Read now: an endpoint that is disabled is not ready for its own event.
        var events = EventOutbox<String>(
            now: now, subscribers: try Subscribers(of: Set(disabled.map(\.delivery.organizationID)), connection))
        for one in disabled { add(one.reason, one.tally, one.delivery, to: &events) }
        try connection.insert(entries, AuditEntry.insert)
        for (webhook, deliveries) in try events.write(connection) { effects[webhook]?.deliveries = deliveries }
        return effects
    }

    private func disable(
        _ tally: EndpointTally, _ connection: MySQLConnection
    ) throws(MySQLError) -> DisabledReason? {
        if let reason = tally.records.lazy.compactMap(\.disables).first {
            let changed = try connection.update(
                DeliveryStatements.disable,
                [
                    "reason": .text(reason.rawValue), "now": .time(now), "id": .text(tally.webhookID),
                    "url": .text(tally.url),
                ])
            return changed > 0 ? reason : nil
        }
        if tally.blamed == 0 || tally.delivered > 0 { return nil }
        let since = Timestamp(unixMs: now.unixMs - Self.failingFor.milliseconds())
        let changed = try connection.update(
            DeliveryStatements.disableFailing,
            [
                "reason": .text(DisabledReason.failing.rawValue), "now": .time(now), "id": .text(tally.webhookID),
                "url": .text(tally.url), "since": .time(since), "attempts": .integer(Self.failingAttempts),
            ])
        return changed > 0 ? .failing : nil
    }

    private func add(
        _ reason: DisabledReason, _ tally: EndpointTally, _ delivery: Delivery, to events: inout EventOutbox<String>
    ) {
        let now = now
        let type = EventName.webhookDisabled.rawValue
        events.add(
            type, of: delivery.organizationID, delivery.environment, origin: tally.webhookID
        ) {
            var random = SystemRandomSource()
            let id = EventID(at: now, random: &random)
            return OutgoingEvent(
                id: id, organizationID: delivery.organizationID, environment: delivery.environment,
                subjectID: id.description, type: type
            ) { json in
                json.field("webhookId", tally.webhookID)
                json.field("url", WebAddress(delivery.url)?.withoutQuery ?? "")
                json.field("reason", reason.rawValue)
                json.field("lastError", tally.lastError)
            }
        }
    }
}

extension Timestamp {
    /// The beginning of its hour.
    fileprivate var hour: Timestamp { Timestamp(unixMs: unixMs / 3_600_000 * 3_600_000) }
}
