internal import Domain
internal import Platform

/// The transaction that completes a group of rendered sessions: results, refunds, ends, events and deliveries.
///
/// It changes a session only if the session is still processing and still owned by this claim: a worker that was paused
/// for too long changes no session.
struct CompletionTransaction: Sendable {
    /// The outcome for one session.
    enum Outcome: Sendable {
        case completed(SessionStatus, account: Account?, deliveries: [PendingDelivery], refundedCredits: Int)
        /// Another worker has taken over the session.
        case fenced
    }

    private let rendered: [RenderedTryOn]
    private let now: Timestamp
    private let links: SignedLinks
    private let repeated: Counter

    /// - Parameters:
    ///   - sessions: the group.
    ///   - now: the time of the transaction.
    ///   - links: for the pictures in events.
    ///   - repeated: counts transactions that were rolled back and run again with a look at the rows.
    init(sessions: [RenderedTryOn], now: Timestamp, links: SignedLinks, repeated: Counter = Counter()) {
        self.repeated = repeated
        rendered = sessions
        self.now = now
        self.links = links
    }

    /// Completes the group.
    /// - Returns: the outcomes, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        // Nearly always all sessions have the same status and owner, and a customer: one statement locks and ends them.
        // More than one would not lock them in the order of their ids.
        if let end = EndKey(ofAll: rendered) {
            let outcomes = try connection.transactionOrRollback { () throws(MySQLError) in
                try completeUniform(end, connection)
            }
            if case .success(let outcomes) = outcomes { return outcomes }
            repeated.add(1)
        }
        return try connection.transaction { () throws(MySQLError) in try completeMixed(connection) }
    }

    /// A claim was lost, or a customer erased.
    private struct Changed: Error {}

    private func completeUniform(
        _ end: EndKey, _ connection: MySQLConnection
    ) throws(MySQLError) -> Result<[Outcome], Changed> {
        var accounts = try lockAccounts(of: rendered, connection)
        let ids = BatchSize.padded(rendered.map(\.session.id)).map { MySQLValue.id($0) }
        let matched = try connection.update(
            TryOnStatements.finishOwnedSessions(ids.count),
            [.text(end.status.rawValue), .time(now)] + ids + [.text(end.owner)])
        if matched != rendered.count { return .failure(Changed()) }
        // From here on an erasure waits for the locks of the sessions; this detects an earlier one.
        let photos = try LockedPhotos(reading: rendered.map(\.session), connection)
        if rendered.contains(where: { photos.isErased($0.session) }) { return .failure(Changed()) }
        let deliveries = try write(rendered, &accounts, connection)
        return .success(rendered.map { completed($0, accounts, deliveries) })
    }

    private func completeMixed(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        let photos = try LockedPhotos(reading: rendered.map(\.session), connection)
        let sessions = rendered.map { photos.isErased($0.session) ? $0.withoutCustomer : $0 }
        var accounts = try lockAccounts(of: sessions, connection)
        let owners = try lockOwners(connection)
        // From here on an erasure waits for these locks. This second read detects an earlier erasure.
        guard try LockedPhotos(reading: rendered.map(\.session), connection) == photos else { throw .conflict }
        let owned = sessions.filter { owners[$0.session.id] == $0.session.owner }
        try finish(owned, connection)
        // Also for fenced sessions: this worker may have written a picture after the other worker's sweep.
        let erased = Set(sessions.filter { photos.isErased($0.session) }.flatMap(\.files))
        try ErasureList(batch: SecureRandom.bytes(count: 16).hexText, Array(erased)).write(at: now, connection)
        let deliveries = try write(owned, &accounts, connection)
        return sessions.map { one in
            guard owners[one.session.id] == one.session.owner else { return .fenced }
            return completed(one, accounts, deliveries)
        }
    }

    private func completed(
        _ one: RenderedTryOn, _ accounts: LockedAccounts, _ deliveries: [SessionID: [PendingDelivery]]
    ) -> Outcome {
        .completed(
            one.status, account: accounts[one.session.job.organizationID],
            deliveries: deliveries[one.session.id] ?? [],
            refundedCredits: one.refunds.reduce(0) { $0 + $1.priceCredits })
    }

    // MARK: Steps

    /// Locks the accounts to which something is refunded.
    private func lockAccounts(
        of sessions: [RenderedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) -> LockedAccounts {
        try LockedAccounts(
            locking: sessions.filter { !$0.refunds.isEmpty }.map(\.session.job.organizationID), connection)
    }

    /// Writes what follows from the end of sessions: the ends of their items, refunds, events.
    private func write(
        _ sessions: [RenderedTryOn], _ accounts: inout LockedAccounts, _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        let owned = try withRecordedItems(sessions, connection)
        var events = try TryOnOutbox(now: now, links: links, of: owned.map(\.session), connection)
        for one in owned {
            for refund in one.refunds {
                accounts.refund(one.session.job.organizationID, Int64(refund.priceCredits))
                events.add(TryOnEvent.refunded, of: one.session) {
                    TryOnEvent(refundOf: refund, of: one.session)
                }
            }
            for (index, result) in one.results.enumerated() where result.picture != nil && !result.isRecorded {
                events.add(TryOnEvent.itemCompleted, of: one.session) { one.itemEvent(index) }
            }
            events.add(one.status.eventType, of: one.session) {
                TryOnEvent(one.view(finishedAt: now), one.session.job)
            }
        }
        try ItemEnd.write(of: owned, at: now, connection)
        try connection.insert(owned.flatMap { $0.refundEntries(at: now) }, LedgerStatements.insert)
        let deliveries = try events.write(connection)
        try accounts.write(connection)
        return deliveries
    }

    /// The sessions with the items marked that are recorded already: the answer to their transaction may have been lost.
    private func withRecordedItems(
        _ sessions: [RenderedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) -> [RenderedTryOn] {
        let unclear = sessions.filter { $0.results.count > 1 && $0.hasNewPictures }
        if unclear.isEmpty { return sessions }
        let ids = BatchSize.padded(unclear.map(\.session.id)).map { MySQLValue.id($0) }
        var recorded: Set<ItemID> = []
        for row in try connection.query(StoredTryOnStatements.items(ids.count), ids)
        where row.text("status") == ItemStatus.completed.rawValue {
            recorded.insert(row.id("id"))
        }
        return sessions.map { $0.marking(recorded) }
    }

    private func lockOwners(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: String] {
        let ids = BatchSize.padded(rendered.map(\.session.id).sorted())
        var owners: [SessionID: String] = [:]
        for row in try connection.query(TryOnStatements.lockSessions(ids.count), ids.map { .id($0) })
        where row.text("status") == SessionStatus.processing.rawValue {
            owners[row.id("id")] = row.optionalText("owner")
        }
        return owners
    }

    /// Ends sessions that are locked, processing, and owned by these claims.
    private func finish(_ sessions: [RenderedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        for (status, some) in Dictionary(grouping: sessions, by: \.status) {
            let ids = BatchSize.padded(some.map(\.session.id)).map { MySQLValue.id($0) }
            try connection.update(
                TryOnStatements.finishSessions(ids.count), [.text(status.rawValue), .time(now)] + ids)
        }
    }

    /// What the sessions of a group have in common that one statement ends.
    private struct EndKey {
        let status: SessionStatus
        let owner: String

        /// Nil if they differ.
        init?(ofAll sessions: [RenderedTryOn]) {
            guard let first = sessions.first,
                sessions.allSatisfy({ $0.status == first.status && $0.session.owner == first.session.owner })
            else { return nil }
            status = first.status
            owner = first.session.owner
        }
    }
}
