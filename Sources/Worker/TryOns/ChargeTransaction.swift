internal import Domain
internal import Platform

/// The charging transaction of a group of claimed sessions.
///
/// The session status in MariaDB decides: only the transaction that moves a session from absent or queued to processing
/// charges it.
struct ChargeTransaction: Sendable {
    /// The outcome for one session.
    enum Outcome: Sendable {
        /// This process renders the session: it was charged now, or taken over from another worker.
        case render(Work)
        /// The session has ended, in this transaction or earlier.
        case ended(SessionStatus, account: Account?, deliveries: [PendingDelivery])
    }

    /// A charged session.
    struct Work: Sendable {
        let account: Account
        let items: [ItemWork]
        let startedAt: Timestamp
        let isCancelRequested: Bool
        /// Those of the event that it has begun.
        let deliveries: [PendingDelivery]
        /// What was charged now; nil if it was charged before.
        let chargedCredits: Int?
    }

    /// A session that has waited longer expires without a charge.
    static let waitMax = Duration.seconds(24 * 60 * 60)
    private let group: [ClaimedTryOn]
    /// The last claim of each session of the group; an earlier one, which is late, has the same outcome.
    private let claimed: [ClaimedTryOn]
    private let now: Timestamp
    private let links: SignedLinks
    private let repeated: Counter

    /// - Parameters:
    ///   - sessions: the group.
    ///   - now: the time of the transaction.
    ///   - links: for the pictures in events.
    ///   - repeated: counts transactions that were rolled back and run again with a look at the rows.
    init(sessions: [ClaimedTryOn], now: Timestamp, links: SignedLinks, repeated: Counter = Counter()) {
        group = sessions
        let last = Dictionary(sessions.map { ($0.id, $0) }) { _, later in later }
        claimed = sessions.filter { last[$0.id] === $0 }
        self.now = now
        self.links = links
        self.repeated = repeated
    }

    /// Charges the group.
    /// - Returns: the outcomes, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        // A session that was claimed before has a row if it was charged.
        guard claimed.allSatisfy({ $0.claim.number == 1 }) else { return try run(connection, areNew: false) }
        do throws(MySQLError) { return try run(connection, areNew: true) } catch {
            guard error.isDuplicate else { throw error }
        }
        repeated.add(1)
        return try run(connection, areNew: false)
    }

    /// `areNew`: assumes that no session has a row; an existing row is a duplicate key error.
    private func run(_ connection: MySQLConnection, areNew: Bool) throws(MySQLError) -> [Outcome] {
        try connection.transaction { () throws(MySQLError) in
            let photos = try LockedPhotos(locking: claimed, connection)
            let sessions = claimed.map { photos.isErased($0) ? $0.withoutCustomer : $0 }
            var accounts = try LockedAccounts(locking: sessions.map(\.job.organizationID), connection)
            let stored = areNew ? [:] : try lockSessions(connection)
            let uncharged = sessions.filter { [nil, .queued].contains(stored[$0.id]?.status) }
            let garments = try ReferencedGarments(uncharged, connection)
            var keys = try LockedIdempotencyKeys(locking: uncharged, at: now, connection)
            var batch = ChargeBatch(
                try TryOnOutbox(now: now, links: links, of: sessions, connection), at: now)
            var charged: [SessionID: [ItemWork]] = [:]
            var costs: [SessionID: Int] = [:]
            var ends: [SessionID: SessionStatus] = [:]
            for session in uncharged {
                let decision = decide(session, stored[session.id], &accounts, photos, garments, &keys)
                switch decision {
                case .charge(let items, let cost):
                    charged[session.id] = items
                    costs[session.id] = cost
                case .end(let end): ends[session.id] = end.status
                }
                batch.add(session, decision)
            }
            let last = Dictionary(
                sessions.filter { costs[$0.id, default: 0] > 0 }.map { ($0.job.organizationID, $0) }
            ) { _, later in later }
            for (organization, session) in last { batch.add(accounts.crossings(of: organization), by: session) }
            let takenOver = try takeOver(sessions.filter { stored[$0.id]?.status == .processing }, connection)
            let ended = sessions.filter { stored[$0.id]?.status.isTerminal == true }
            let again = ended + sessions.filter { takenOver[$0.id] != nil }
            let oldDeliveries = try pendingDeliveries(again, connection)
            let newDeliveries = try batch.write(connection, areNew: areNew)
            try accounts.write(connection)
            return group.map { session in
                let account = accounts[session.job.organizationID]
                if let account, let items = charged[session.id] ?? takenOver[session.id] {
                    let known = stored[session.id]
                    return .render(
                        Work(
                            account: account, items: items, startedAt: known?.startedAt ?? now,
                            isCancelRequested: known?.isCancelRequested ?? false,
                            deliveries: newDeliveries[session.id] ?? oldDeliveries[session.id] ?? [],
                            chargedCredits: costs[session.id]))
                }
                return .ended(
                    ends[session.id] ?? stored[session.id]?.status ?? .failed, account: account,
                    deliveries: newDeliveries[session.id] ?? oldDeliveries[session.id] ?? [])
            }
        }
    }

    // MARK: Steps

    private struct StoredSession {
        let status: SessionStatus
        let isCancelRequested: Bool
        let startedAt: Timestamp?
    }

    private func lockSessions(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: StoredSession] {
        let ids = BatchSize.padded(claimed.map(\.id).sorted())
        var stored: [SessionID: StoredSession] = [:]
        for row in try connection.query(TryOnStatements.lockSessions(ids.count), ids.map { .id($0) }) {
            stored[row.id("id")] = StoredSession(
                status: SessionStatus(rawValue: row.text("status")) ?? .failed,
                isCancelRequested: row.boolean("cancel_requested"), startedAt: row.optionalTime("started_at"))
        }
        return stored
    }

    /// Decides about a session that is not charged yet, and charges it in `accounts`.
    private func decide(
        _ session: ClaimedTryOn, _ stored: StoredSession?, _ accounts: inout LockedAccounts, _ photos: LockedPhotos,
        _ garments: ReferencedGarments, _ keys: inout LockedIdempotencyKeys
    ) -> ChargeDecision {
        if let failure = session.forcedEnd?.failure { return .end(.failed(failure.code, failure.message)) }
        if let first = keys.first(for: session) { return .end(SessionEnd(status: .canceled, duplicateOf: first)) }
        if session.isCancelRequested || stored?.isCancelRequested == true {
            return .end(SessionEnd(status: .canceled))
        }
        if session.id.createdAt + Self.waitMax <= now {
            return .end(
                SessionEnd(status: .expired, code: "expired", message: "it waited longer than 24 hours"))
        }
        guard let account = accounts[session.job.organizationID] else {
            return .end(.failed("unknown_organization", "the organisation is gone"))
        }
        if !account.isActive { return .end(.failed("organization_suspended", "the organisation is suspended")) }
        guard photos.has(session) else { return .end(.failed("photo_unavailable", "the photo is gone")) }
        let items = garments.items(of: session)
        let cost = items.filter { $0.failure == nil }.reduce(0) { $0 + $1.priceCredits }
        guard accounts.charge(session.job.organizationID, Int64(cost)) else {
            return .end(.failed("insufficient_credits", "this costs \(cost) credits"))
        }
        keys.take(session)
        return .charge(items, costCredits: cost)
    }

    private func takeOver(
        _ sessions: [ClaimedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionID: [ItemWork]] {
        guard !sessions.isEmpty else { return [:] }
        try connection.update(sessions, TryOnStatements.takeOver)
        let ids = BatchSize.padded(sessions).map { MySQLValue.id($0.id) }
        var items: [SessionID: [ItemWork]] = [:]
        for row in try connection.query(StoredTryOnStatements.items(ids.count), ids) {
            items[row.id("session_id"), default: []].append(ItemWork(row))
        }
        return items
    }

    private func pendingDeliveries(
        _ sessions: [ClaimedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        guard !sessions.isEmpty else { return [:] }
        let ids = BatchSize.padded(sessions.map(\.id))
        var found: [SessionID: [PendingDelivery]] = [:]
        for row in try connection.query(TryOnStatements.pendingDeliveries(ids.count), ids.map { .id($0) }) {
            found[row.id("session_id"), default: []].append(
                PendingDelivery(
                    id: row.text("delivery_id"), endpoint: row.text("webhook_id"), limits: WebhookLimits(row)))
        }
        return found
    }
}
