internal import Shared

/// The rows that charging a group writes, gathered and then written in few statements.
struct ChargeWrites {
    private let now: Timestamp
    private var sessions: [[MySQLValue]] = []
    private var items: [[MySQLValue]] = []
    private var ledger: [[MySQLValue]] = []
    private var idempotency: [[MySQLValue]] = []
    private var events: EventWrites

    init(now: Timestamp, links: FileLinks) {
        self.now = now
        events = EventWrites(now: now, links: links)
    }

    /// Takes up what was decided about a session.
    mutating func add(_ job: SessionJob, _ decision: ChargeDecision, _ account: Account?) -> SessionCharge.Outcome {
        switch decision {
        case .charge(let work, let cost):
            add(job, .processing, cost: cost)
            for item in work { add(job, item) }
            let organization = MySQLValue.id(job.ticket.organizationID)
            if cost > 0 {
                ledger.append([
                    organization, .text("charge:\(job.id)"), .text("charge"), .integer(Int64(-cost)), .id(job.id),
                    .null, .time(now),
                ])
            }
            if let hash = job.ticket.idempotencyHash {
                idempotency.append([
                    organization, .text(job.ticket.environment.rawValue), .text(hash),
                    .text(job.ticket.fingerprint ?? ""), .id(job.id), .time(now),
                    .time(job.id.createdAt + .seconds(24 * 60 * 60)),
                ])
            }
            guard let account else { return .ended(account: nil, deliveries: []) }
            return .render(account: account, items: work, startedAt: now)
        case .end(let status, let code, let message, let duplicateOf):
            add(job, status, cost: 0, code: code, message: message, duplicateOf: duplicateOf)
            var view = SessionView(queued: job.id, job.ticket, photoID: job.photoID)
            view.status = status
            view.costCredits = 0
            view.errorCode = code
            view.errorMessage = message
            view.duplicateOf = duplicateOf
            view.finishedAt = now
            let itemStatus: ItemStatus = status == .canceled ? .canceled : status == .expired ? .expired : .failed
            for index in view.items.indices { view.items[index].status = itemStatus }
            for (position, item) in job.ticket.items.enumerated() {
                add(job, position, item, itemStatus, price: 0, category: item.category, failure: nil)
            }
            events.add(view, job.ticket)
            return .ended(account: account, deliveries: [])
        }
    }

    /// Writes everything, and returns the deliveries of the sessions that have ended.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [(id: String, lane: String)]] {
        try connection.insert(sessions, SessionStatements.insertSessions)
        try connection.insert(items, SessionStatements.insertItems)
        try connection.insert(ledger, SessionStatements.insertLedger)
        try connection.insert(idempotency, SessionStatements.insertIdempotency)
        return try events.run(connection)
    }

    // MARK: Rows

    private mutating func add(
        _ job: SessionJob, _ status: SessionStatus, cost: Int, code: String? = nil, message: String? = nil,
        duplicateOf: SessionID? = nil
    ) {
        let ticket = job.ticket
        let isRunning = status == .processing
        sessions.append([
            .id(job.id), .id(ticket.organizationID), .text(ticket.environment.rawValue), .id(ticket.keyID),
            .text(ticket.customerID), .id(job.photoID), .optional(ticket.cartID), .text(ticket.quality.rawValue),
            .text(status.rawValue), .text(job.owner), .integer(Int64(cost)),
            duplicateOf.map { .id($0) } ?? .null, .optional(code), .optional(message), .bytes(ticket.metadata),
            .text(ticket.requestID), .optional(ticket.traceparent), .time(job.id.createdAt),
            isRunning ? .time(now) : .null, isRunning ? .null : .time(now),
        ])
    }

    private mutating func add(_ job: SessionJob, _ work: ItemWork) {
        add(
            job, work.position, job.ticket.items[work.position], work.failure == nil ? .processing : .failed,
            price: work.priceCredits, category: work.category, failure: work.failure)
    }

    private mutating func add(
        _ job: SessionJob, _ position: Int, _ item: SessionTicket.Item, _ status: ItemStatus, price: Int,
        category: GarmentCategory?, failure: ItemFailure?
    ) {
        items.append([
            .id(SessionTicket.itemID(job.id, position)), .id(job.id), .id(job.ticket.organizationID),
            .integer(Int64(position)), .text(item.sku), item.garmentID.map { .id($0) } ?? .null,
            .optional(item.garmentURL), .text((category ?? .accessory).rawValue), .integer(Int64(price)),
            .text(status.rawValue), .optional(failure?.code), .optional(failure?.message),
            status == .processing ? .null : .time(now),
        ])
    }
}
