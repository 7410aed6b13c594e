internal import Domain
internal import Platform

/// Collects the rows that charging a group of sessions writes, and writes them in few statements.
struct ChargeBatch {
    private let now: Timestamp
    private var sessions: [SessionRow] = []
    private var items: [ItemRow] = []
    private var ledger: [LedgerEntry] = []
    private var idempotencyKeys: [IdempotencyRow] = []
    private var events: TryOnOutbox

    /// - Parameters:
    ///   - events: the outbox of the transaction.
    ///   - now: its time.
    init(_ events: TryOnOutbox, at now: Timestamp) {
        self.now = now
        self.events = events
    }

    /// Adds the decision about a session.
    mutating func add(_ session: ClaimedTryOn, _ decision: ChargeDecision) {
        switch decision {
        case .charge(let work, let cost): charge(session, work, cost)
        case .end(let end): finish(session, end)
        }
    }

    private mutating func charge(_ session: ClaimedTryOn, _ work: [ItemWork], _ cost: Int) {
        sessions.append(
            SessionRow(session: session, status: .processing, costCredits: cost, writtenAt: now))
        for item in work {
            items.append(
                ItemRow(
                    id: item.id, session: session, position: item.position,
                    status: item.failure == nil ? .processing : .failed, priceCredits: item.priceCredits,
                    category: item.category, failure: item.failure, finishedAt: item.failure == nil ? nil : now))
        }
        if cost > 0 {
            ledger.append(
                LedgerEntry(
                    organizationID: session.job.organizationID, reference: "charge:\(session.id)", kind: .charge,
                    amountCredits: Int64(-cost), sessionID: session.id, createdAt: now))
        }
        if let hash = session.job.idempotencyHash {
            idempotencyKeys.append(IdempotencyRow(session: session, keyHash: hash, writtenAt: now))
        }
        let now = now
        events.add(SessionStatus.processing.eventType, of: session) { Self.begun(session, work, cost, now) }
    }

    /// The event of a session that is charged.
    private static func begun(
        _ session: ClaimedTryOn, _ work: [ItemWork], _ cost: Int, _ now: Timestamp
    ) -> TryOnEvent {
        var view = SessionView(queued: session.id, session.job, photoID: session.photoID)
        view.status = .processing
        view.costCredits = cost
        view.startedAt = now
        for (index, item) in work.enumerated() {
            view.items[index].status = item.failure == nil ? .processing : .failed
            view.items[index].errorCode = item.failure?.code
            view.items[index].errorMessage = item.failure?.message
        }
        return TryOnEvent(view, session.job)
    }

    private mutating func finish(_ session: ClaimedTryOn, _ end: SessionEnd) {
        sessions.append(
            SessionRow(session: session, status: end.status, costCredits: 0, end: end, writtenAt: now))
        for (position, item) in session.job.items.enumerated() {
            items.append(
                ItemRow(
                    id: TryOnJob.itemID(session.id, position), session: session, position: position,
                    status: end.itemStatus, priceCredits: 0, category: item.category ?? .accessory, finishedAt: now))
        }
        let now = now
        events.add(end.status.eventType, of: session) { Self.ended(session, end, now) }
    }

    /// The event of a session that ends without a charge.
    private static func ended(_ session: ClaimedTryOn, _ end: SessionEnd, _ now: Timestamp) -> TryOnEvent {
        var view = SessionView(queued: session.id, session.job, photoID: session.photoID)
        view.status = end.status
        view.costCredits = 0
        view.errorCode = end.code
        view.errorMessage = end.message
        view.duplicateOf = end.duplicateOf
        view.finishedAt = now
        for index in view.items.indices { view.items[index].status = end.itemStatus }
        return TryOnEvent(view, session.job)
    }

    /// Adds the events of a balance that the group's charges have lowered; the last session that was charged is their subject.
    mutating func add(_ crossings: [BalanceCrossing], by session: ClaimedTryOn) {
        for crossing in crossings {
            events.add(crossing.kind.rawValue, of: session) { TryOnEvent(crossing, by: session) }
        }
    }

    /// Writes all rows, and returns the deliveries of their events.
    ///
    /// `areNew`: a session that has a row is an error; otherwise the row is updated.
    mutating func write(
        _ connection: MySQLConnection, areNew: Bool
    ) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        // In the order of the primary key, in which every transaction locks sessions.
        try connection.insert(
            sessions.sorted { $0.session.id < $1.session.id }, areNew ? SessionRow.insert : SessionRow.upsert)
        try connection.insert(items.sorted { $0.id < $1.id }, ItemRow.insert)
        try connection.insert(ledger, LedgerStatements.insert)
        try connection.insert(idempotencyKeys, IdempotencyRow.insert)
        return try events.write(connection)
    }
}
