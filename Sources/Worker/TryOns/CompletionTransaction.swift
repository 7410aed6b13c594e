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

    init(sessions: [RenderedTryOn], now: Timestamp, links: SignedLinks) {
        rendered = sessions
        self.now = now
        self.links = links
    }

    /// Completes the group.
    /// - Returns: the outcomes, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        try connection.transaction { () throws(MySQLError) in
            let photos = try LockedPhotos(reading: rendered.map(\.session), connection)
            let sessions = rendered.map { photos.isErased($0.session) ? $0.withoutCustomer : $0 }
            let refunding = sessions.filter { !$0.refunds.isEmpty }
            var accounts = try LockedAccounts(locking: refunding.map(\.session.job.organizationID), connection)
            let owners = try lockOwners(connection)
            // From here on an erasure waits for these locks. This second read detects an earlier erasure.
            guard try LockedPhotos(reading: rendered.map(\.session), connection) == photos else { throw .conflict }
            let owned = try withRecordedItems(
                sessions.filter { owners[$0.session.id] == $0.session.owner }, connection)
            var events = TryOnOutbox(now: now, links: links)
            for one in owned {
                for refund in one.refunds {
                    accounts.refund(one.session.job.organizationID, Int64(refund.priceCredits))
                    events.add(TryOnEvent.refunded, of: one.session) {
                        TryOnEvent(refundOf: refund, of: one.session)
                    }
                }
                if one.hasNewPictures {
                    for (index, result) in one.results.enumerated() where result.picture != nil && !result.isRecorded {
                        events.add(TryOnEvent.itemCompleted, of: one.session) { one.itemEvent(index) }
                    }
                }
                events.add(one.status.eventType, of: one.session) {
                    TryOnEvent(one.view(finishedAt: now), one.session.job)
                }
            }
            try ItemEnd.write(of: owned, at: now, connection)
            try connection.insert(owned.flatMap { $0.refundEntries(at: now) }, LedgerStatements.insert)
            try finish(owned, connection)
            // Also for fenced sessions: this worker may have written a picture after the other worker's sweep.
            let erased = sessions.filter { photos.isErased($0.session) }.flatMap(\.files)
            try ErasureList(batch: SecureRandom.bytes(count: 16).hexText, erased).write(at: now, connection)
            let deliveries = try events.write(connection)
            try accounts.write(connection)
            return sessions.map { one in
                guard owners[one.session.id] == one.session.owner else { return .fenced }
                return .completed(
                    one.status, account: accounts[one.session.job.organizationID],
                    deliveries: deliveries[one.session.id] ?? [],
                    refundedCredits: one.refunds.reduce(0) { $0 + $1.priceCredits })
            }
        }
    }

    // MARK: Steps

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

    private func finish(_ sessions: [RenderedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        for (status, some) in Dictionary(grouping: sessions, by: \.status) {
            let ids = BatchSize.padded(some.map(\.session.id)).map { MySQLValue.id($0) }
            try connection.update(
                TryOnStatements.finishSessions(ids.count), [.text(status.rawValue), .time(now)] + ids)
        }
    }
}
