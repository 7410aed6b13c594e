internal import Domain
internal import Platform

/// The outbox of a transaction on sessions.
struct TryOnOutbox {
    private let now: Timestamp
    private let links: SignedLinks
    private var events: EventOutbox<SessionID>

    /// Reads who subscribes to events of the sessions.
    init(
        now: Timestamp, links: SignedLinks, of sessions: [ClaimedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) {
        self.now = now
        self.links = links
        events = EventOutbox(
            now: now, subscribers: try Subscribers(of: Set(sessions.map(\.job.organizationID)), connection))
    }

    /// Adds an event of a session, which `make` makes if an endpoint subscribes to its type.
    mutating func add(_ type: String, of session: ClaimedTryOn, _ make: () -> TryOnEvent) {
        let (now, links) = (now, links)
        events.add(type, of: session.job.organizationID, session.job.environment, origin: session.id) {
            make().outgoing(links, at: now)
        }
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by session.
    mutating func write(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        try events.write(connection)
    }
}
