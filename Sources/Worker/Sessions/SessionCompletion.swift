internal import Shared

/// The completing transaction of a group of rendered sessions: results, refunds, ends, events and deliveries.
///
/// It touches a session only where it is still processing and still this claim's: a worker that was paused for too long
/// changes nothing.
struct SessionCompletion: Sendable {
    /// A session whose items are done.
    struct Done: Sendable {
        let job: SessionJob
        let startedAt: Timestamp
        let results: [ItemResult]

        /// What is left where the customer was erased meanwhile: no name, and no picture.
        var withoutCustomer: Done {
            let gone = ItemFailure(code: "photo_unavailable", message: "the photo is gone")
            return Done(
                job: job.withoutCustomer, startedAt: startedAt,
                results: results.map { result in
                    guard case .success = result.outcome else { return result }
                    return ItemResult(work: result.work, outcome: .failure(gone))
                })
        }

        /// Where pictures of it may be, whoever made them.
        var files: [ErasureList.Entry] {
            results.map {
                ErasureList.Entry(
                    .file, ObjectStore.resultPath(job.ticket.organizationID, job.id, $0.work.id))
            }
        }
    }

    /// What has become of one session.
    enum Outcome: Sendable {
        case completed(account: Account?, deliveries: [(id: String, lane: String)])
        /// Another worker has taken it over.
        case fenced
    }

    private let rendered: [Done]
    private let now: Timestamp
    private let links: FileLinks

    init(done: [Done], now: Timestamp, links: FileLinks) {
        rendered = done
        self.now = now
        self.links = links
    }

    /// Completes the group, and returns the outcomes in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        try connection.transaction { () throws(MySQLError) in
            let photos = try PhotoBook(reading: rendered.map(\.job), connection)
            let done = rendered.map { photos.has($0.job) ? $0 : $0.withoutCustomer }
            let refunding = done.filter { !Self.refunds($0).isEmpty }
            var accounts = try AccountBook(locking: refunding.map(\.job.ticket.organizationID), connection)
            let owners = try lockOwners(connection)
            // An erasure waits for these locks from now on: one that came before is seen here at the latest.
            guard try PhotoBook(reading: rendered.map(\.job), connection) == photos else { throw .conflict }
            var events = EventWrites(now: now, links: links)
            var items: [[MySQLValue]] = []
            var ledger: [[MySQLValue]] = []
            var ends: [(SessionID, SessionStatus)] = []
            var orphans: [ErasureList.Entry] = []
            for one in done where owners[one.job.id] == one.job.owner {
                let status = Self.status(one.results)
                ends.append((one.job.id, status))
                for result in one.results { items.append(row(one, result)) }
                for refund in Self.refunds(one) {
                    ledger.append(entry(one, refund))
                    accounts.refund(one.job.ticket.organizationID, Int64(refund.priceCredits))
                }
                events.add(view(one, status), one.job.ticket)
            }
            // Also of those that another worker has taken over: a picture of this one may have come behind its sweep.
            for one in done where !photos.has(one.job) { orphans += one.files }
            try connection.insert(items, SessionStatements.finishItems)
            try connection.insert(ledger, SessionStatements.insertLedger)
            try finish(ends, connection)
            try ErasureList(batch: Randomness.bytes(count: 16).hexText, orphans).write(at: now, connection)
            let deliveries = try events.run(connection)
            try accounts.write(connection)
            return done.map { one in
                guard owners[one.job.id] == one.job.owner else { return .fenced }
                return .completed(
                    account: accounts[one.job.ticket.organizationID], deliveries: deliveries[one.job.id] ?? [])
            }
        }
    }

    // MARK: Decisions

    static func status(_ results: [ItemResult]) -> SessionStatus {
        let completed = results.count { if case .success = $0.outcome { true } else { false } }
        return completed == results.count ? .completed : completed == 0 ? .failed : .partiallyCompleted
    }

    /// Items that were paid for and have no picture.
    static func refunds(_ one: Done) -> [ItemWork] {
        one.results.compactMap { result in
            guard case .failure = result.outcome, result.work.priceCredits > 0 else { return nil }
            return result.work
        }
    }

    private func view(_ one: Done, _ status: SessionStatus) -> SessionView {
        var view = SessionView(queued: one.job.id, one.job.ticket, photoID: one.job.photoID)
        view.status = status
        view.costCredits = one.results.reduce(0) { $0 + $1.work.priceCredits }
        view.startedAt = one.startedAt
        view.finishedAt = now
        view.items = one.results.map { result in
            var item = SessionView.Item(id: result.work.id, sku: result.work.sku, status: .completed)
            switch result.outcome {
            case .success(let picture):
                item.resultPath = picture.path
                item.renderer = picture.renderer
            case .failure(let failure):
                item.status = .failed
                item.errorCode = failure.code
                item.errorMessage = failure.message
            }
            return item
        }
        return view
    }

    // MARK: Rows

    private func lockOwners(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: String] {
        let ids = StatementSize.padded(rendered.map(\.job.id).sorted())
        var owners: [SessionID: String] = [:]
        for row in try connection.query(SessionStatements.lockSessions(ids.count), ids.map { .id($0) })
        where row.text(1) == SessionStatus.processing.rawValue {
            owners[row.id(0)] = row.optionalText(2)
        }
        return owners
    }

    private func row(_ one: Done, _ result: ItemResult) -> [MySQLValue] {
        let work = result.work
        var values: [MySQLValue] = [
            .id(work.id), .id(one.job.id), .id(one.job.ticket.organizationID), .integer(Int64(work.position)),
            .text(work.sku), .text(work.category.rawValue), .integer(Int64(work.priceCredits)),
        ]
        switch result.outcome {
        case .success(let picture):
            values += [
                .text(ItemStatus.completed.rawValue), .optional(picture.path), .text(picture.renderer), .null, .null,
            ]
        case .failure(let failure):
            values += [.text(ItemStatus.failed.rawValue), .null, .null, .text(failure.code), .text(failure.message)]
        }
        return values + [.time(now)]
    }

    private func entry(_ one: Done, _ work: ItemWork) -> [MySQLValue] {
        [
            .id(one.job.ticket.organizationID), .text("refund:\(work.id)"), .text("refund"),
            .integer(Int64(work.priceCredits)), .id(one.job.id), .id(work.id), .time(now),
        ]
    }

    private func finish(_ ends: [(SessionID, SessionStatus)], _ connection: MySQLConnection) throws(MySQLError) {
        let ends = StatementSize.padded(ends)
        guard !ends.isEmpty else { return }
        try connection.update(
            SessionStatements.finishSessions(ends.count),
            ends.flatMap { [MySQLValue.id($0.0), .text($0.1.rawValue)] } + [.time(now)] + ends.map { .id($0.0) })
    }
}
