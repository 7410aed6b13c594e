internal import Domain
internal import Platform

/// The transaction that records items of sessions that go on: their rows, events and deliveries.
///
/// It writes an item only if its session is still processing and owned by this claim, and if the customer's photo is there.
struct ItemTransaction: Sendable {
    /// The outcome for one item.
    struct Outcome: Sendable {
        let isRecorded: Bool
        let deliveries: [PendingDelivery]
    }

    /// Sessions with their newest item as the only result.
    private let finished: [RenderedTryOn]
    private let now: Timestamp
    private let links: SignedLinks

    init(items: [RenderedTryOn], now: Timestamp, links: SignedLinks) {
        finished = items
        self.now = now
        self.links = links
    }

    /// Records the group.
    /// - Returns: the outcomes, in the group's order.
    func run(_ connection: MySQLConnection) throws(MySQLError) -> [Outcome] {
        try connection.transaction { () throws(MySQLError) in
            let ids = BatchSize.padded(finished.map(\.session.id).sorted()).map { MySQLValue.id($0) }
            var owners: [SessionID: String] = [:]
            for row in try connection.query(TryOnStatements.lockSessions(ids.count), ids)
            where row.text("status") == SessionStatus.processing.rawValue {
                owners[row.id("id")] = row.optionalText("owner")
            }
            // Read after the sessions are locked: an erasure that comes later waits, and finds the rows.
            let photos = try LockedPhotos(reading: finished.map(\.session), connection)
            var recorded: Set<SessionID> = []
            for row in try connection.query(StoredTryOnStatements.items(ids.count), ids)
            where row.text("status") == ItemStatus.completed.rawValue {
                let item: ItemID = row.id("id")
                // An earlier try of this transaction was committed, and its answer was lost.
                if let one = finished.first(where: { $0.results.first?.work.id == item }) {
                    recorded.insert(one.session.id)
                }
            }
            let owned = finished.filter { owners[$0.session.id] == $0.session.owner && !photos.isErased($0.session) }
            let new = owned.filter { !recorded.contains($0.session.id) }
            var events = try TryOnOutbox(now: now, links: links, of: new.map(\.session), connection)
            for one in new { events.add(TryOnEvent.itemCompleted, of: one.session) { one.itemEvent(0) } }
            try ItemEnd.write(of: new, at: now, connection)
            let deliveries = try events.write(connection)
            return finished.map { one in
                Outcome(
                    isRecorded: owned.contains { $0.session.id == one.session.id },
                    deliveries: deliveries[one.session.id] ?? [])
            }
        }
    }
}
