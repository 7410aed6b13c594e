internal import Domain
internal import Platform

/// The outbox of a transaction on sessions.
struct TryOnOutbox {
    private let now: Timestamp
    private let links: SignedLinks
    private let subscribers: Subscribers
    private var events: EventOutbox<SessionID>

    /// Reads who subscribes to events of the sessions.
    init(
        now: Timestamp, links: SignedLinks, of sessions: [ClaimedTryOn], _ connection: MySQLConnection
    ) throws(MySQLError) {
        self.now = now
        self.links = links
        subscribers = try Subscribers(of: Set(sessions.map(\.job.organizationID)), connection)
        events = EventOutbox(now: now, subscribers: subscribers)
    }

    /// Adds an event of a session, which `make` makes if an endpoint subscribes to its type.
    mutating func add(_ type: String, of session: ClaimedTryOn, _ make: () -> TryOnEvent) {
        let job = session.job
        guard subscribers.want(type, of: job.organizationID, job.environment) else { return }
        let event = make().outgoing(links, at: now)
        events.add(type, of: job.organizationID, job.environment, origin: session.id) { event }
    }

    /// Writes events and deliveries.
    /// - Returns: the deliveries by session.
    func write(_ connection: MySQLConnection) throws(MySQLError) -> [SessionID: [PendingDelivery]] {
        try events.write(connection)
    }
}
