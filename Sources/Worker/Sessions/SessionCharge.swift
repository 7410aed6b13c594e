internal import Shared

/// The charging transaction of a group of claimed sessions.
///
/// Session status in MariaDB decides: only what moves a session from absent or queued to processing charges it.
struct SessionCharge: Sendable {
    /// What has become of one session.
    enum Outcome: Sendable {
        /// It is this process's to render: charged now, or taken over from another.
        case render(account: Account, items: [ItemWork], startedAt: Timestamp)
        /// It has ended: now, or before.
        case ended(account: Account?, deliveries: [(id: String, lane: String)])
    }

    /// How long a session may wait before it is worth nothing.
    static let lifetime = Duration.seconds(24 * 60 * 60)
    private let claimed: [SessionJob]
    private let now: Timestamp
    private let links: FileLinks

    init(jobs: [SessionJob], now: Timestamp, links: FileLinks) {
        claimed = jobs
        self.now = now
        self.links = links
    }

    /// Charges the group, and returns the outcomes in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        try connection.transaction { () throws(MySQLError) in
            let photos = try PhotoBook(locking: claimed, connection)
            let jobs = claimed.map { photos.has($0) ? $0 : $0.withoutCustomer }
            var accounts = try AccountBook(locking: jobs.map(\.ticket.organizationID), connection)
            let known = try lockSessions(connection)
            let fresh = jobs.filter { [nil, .queued].contains(known[$0.id]?.status) }
            let garments = try GarmentBook(fresh, connection)
            var duplicates = try DuplicateBook(locking: fresh, at: now, connection)
            var writes = ChargeWrites(now: now, links: links)
            var outcomes: [SessionID: Outcome] = [:]
            var takeOvers: [SessionJob] = []
            var ended: [SessionJob] = []
            for job in jobs {
                switch known[job.id]?.status {
                case nil, .queued:
                    let decision = decide(
                        job, known[job.id], &accounts, photos, garments, &duplicates)
                    outcomes[job.id] = writes.add(job, decision, accounts[job.ticket.organizationID])
                case .processing: takeOvers.append(job)
                case .completed, .partiallyCompleted, .failed, .canceled, .expired: ended.append(job)
                }
            }
            let taken = try takeOver(takeOvers, connection)
            let told = try pendingDeliveries(ended, connection)
            let deliveries = try writes.run(connection)
            try accounts.write(connection)
            return jobs.map { job in
                outcome(job, outcomes[job.id], taken[job.id], told, deliveries, accounts[job.ticket.organizationID])
            }
        }
    }

    private func outcome(
        _ job: SessionJob, _ decided: Outcome?, _ taken: [ItemWork]?,
        _ told: [SessionID: [(id: String, lane: String)]], _ made: [SessionID: [(id: String, lane: String)]],
        _ account: Account?
    ) -> Outcome {
        if let taken, let account { return .render(account: account, items: taken, startedAt: now) }
        switch decided {
        case .render(_, let items, let startedAt):
            guard let account else { return .ended(account: nil, deliveries: []) }
            return .render(account: account, items: items, startedAt: startedAt)
        case .ended: return .ended(account: account, deliveries: made[job.id] ?? [])
        case nil: return .ended(account: account, deliveries: told[job.id] ?? [])
        }
    }

    // MARK: Steps

    private struct KnownSession {
        let status: SessionStatus
        let isCancelRequested: Bool
    }

    private func lockSessions(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: KnownSession] {
        let ids = StatementSize.padded(claimed.map(\.id).sorted())
        let rows = try connection.query(SessionStatements.lockSessions(ids.count), ids.map { .id($0) })
        var known: [SessionID: KnownSession] = [:]
        for row in rows {
            known[row.id(0)] = KnownSession(
                status: SessionStatus(rawValue: row.text(1)) ?? .failed, isCancelRequested: row.boolean(3))
        }
        return known
    }

    /// What is to be done with a session that nobody has charged yet.
    ///
    /// Charges it in `accounts`.
    private func decide(
        _ job: SessionJob, _ known: KnownSession?, _ accounts: inout AccountBook, _ photos: PhotoBook,
        _ garments: GarmentBook, _ duplicates: inout DuplicateBook
    ) -> ChargeDecision {
        let ticket = job.ticket
        if job.claim.queue == .burial {
            return .end(.failed, code: "processing_crashed", message: "processing failed again and again")
        }
        if let first = duplicates.first(for: job) { return .end(.canceled, duplicateOf: first) }
        if job.claim.isCancelRequested || known?.isCancelRequested == true { return .end(.canceled) }
        if job.id.createdAt + Self.lifetime <= now {
            return .end(.expired, code: "expired", message: "it waited longer than 24 hours")
        }
        guard let account = accounts[ticket.organizationID] else {
            return .end(.failed, code: "unknown_organization", message: "the organisation is gone")
        }
        if !account.isActive {
            return .end(.failed, code: "organization_suspended", message: "the organisation is suspended")
        }
        guard photos.has(job) else {
            return .end(.failed, code: "photo_unavailable", message: "the photo is gone")
        }
        let items = garments.items(of: job)
        let cost = items.filter { $0.failure == nil }.reduce(0) { $0 + $1.priceCredits }
        guard accounts.charge(ticket.organizationID, Int64(cost)) else {
            return .end(.failed, code: "insufficient_credits", message: "this costs \(cost) credits")
        }
        duplicates.take(job)
        return .charge(items, costCredits: cost)
    }

    private func takeOver(
        _ jobs: [SessionJob], _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionID: [ItemWork]] {
        guard !jobs.isEmpty else { return [:] }
        let padded = StatementSize.padded(jobs)
        let ids = padded.map { MySQLValue.id($0.id) }
        try connection.update(
            SessionStatements.takeOver(padded.count),
            padded.flatMap { [MySQLValue.id($0.id), .text($0.owner)] } + ids)
        var items: [SessionID: [ItemWork]] = [:]
        for row in try connection.query(SessionStatements.items(padded.count), ids) {
            items[row.id(1), default: []].append(ItemWork(row))
        }
        return items
    }

    private func pendingDeliveries(
        _ jobs: [SessionJob], _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionID: [(id: String, lane: String)]] {
        guard !jobs.isEmpty else { return [:] }
        let ids = StatementSize.padded(jobs.map(\.id))
        var found: [SessionID: [(id: String, lane: String)]] = [:]
        for row in try connection.query(SessionStatements.pendingDeliveries(ids.count), ids.map { .id($0) }) {
            found[row.id(0), default: []].append((row.text(1), row.text(2)))
        }
        return found
    }
}

/// What charging decides about one session.
enum ChargeDecision {
    case charge([ItemWork], costCredits: Int)
    case end(SessionStatus, code: String? = nil, message: String? = nil, duplicateOf: SessionID? = nil)
}

extension ItemWork {
    /// Reads a row of `SessionStatements.items`.
    init(_ row: MySQLRow) {
        let hasFailed = row.text(8) == ItemStatus.failed.rawValue
        self.init(
            id: row.id(0), position: Int(row.integer(2)), sku: row.text(3),
            garmentID: row.optionalText(4).flatMap { GarmentID($0) }, garmentURL: row.optionalText(5),
            category: GarmentCategory(rawValue: row.text(6)) ?? .accessory, priceCredits: Int(row.integer(7)),
            failure: hasFailed
                ? ItemFailure(code: row.optionalText(9) ?? "", message: row.optionalText(10) ?? "") : nil)
    }
}
