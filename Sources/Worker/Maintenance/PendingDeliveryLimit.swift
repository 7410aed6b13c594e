internal import Domain
internal import Platform

/// Bounds the deliveries that wait for an endpoint and for an organisation: while there are too many, new ones are skipped.
///
/// The oldest are kept. What is skipped can be recovered; Redis keeps a part of what waits (`DispatchLua.laneDeliveriesMax`).
final class PendingDeliveryLimit {
    /// An organisation may have this many times the deliveries of an endpoint.
    static let endpointsOfOrganization: Int64 = 5
    /// New deliveries are taken again below this share of the limit.
    private static let shareToGoOn = 0.9
    private static let pageRows: Int64 = 1_024
    private let mysql: MySQLPool
    private let redis: RedisStore
    private let endpointMax: Int64
    private let full: Gauge
    private let clock: any WallClock
    private let logger: Logger

    init(
        mysql: MySQLPool, redis: RedisStore, endpointMax: Int, full: Gauge, clock: any WallClock, logger: Logger
    ) {
        self.mysql = mysql
        self.redis = redis
        self.endpointMax = Int64(endpointMax)
        self.full = full
        self.clock = clock
        self.logger = logger
    }

    private struct WaitingEndpoint: Sendable {
        let id: WebhookID
        let organizationID: OrganizationID
        let environment: TenantEnvironment
        let isFull: Bool
        let pending: Int64

        init(_ row: MySQLRow) {
            id = row.id("id")
            organizationID = row.id("organization_id")
            environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
            isFull = row.boolean("is_full")
            pending = row.integer("pending")
        }
    }

    /// Looks at every endpoint for which deliveries wait.
    func run() async {
        guard let endpoints = await read() else { return }
        let organizations = Dictionary(grouping: endpoints, by: \.organizationID).mapValues { some in
            Total(pending: some.reduce(0) { $0 + $1.pending }, endpoints: Int64(some.count { $0.pending > 0 }))
        }
        var count = 0
        for endpoint in endpoints {
            let isFull = isFull(endpoint, of: organizations[endpoint.organizationID] ?? Total(pending: 0, endpoints: 0))
            if isFull { count += 1 }
            if isFull != endpoint.isFull { await set(isFull, endpoint) }
        }
        full.set(count)
    }

    /// What waits for all endpoints of an organisation.
    private struct Total {
        let pending: Int64
        /// Those for which something waits.
        let endpoints: Int64
    }

    /// Of an organisation with too many, the endpoints with at least an even part of the limit are full.
    private func isFull(_ endpoint: WaitingEndpoint, of organization: Total) -> Bool {
        let share = endpoint.isFull ? Self.shareToGoOn : 1
        func reaches(_ count: Int64, _ limit: Int64) -> Bool { Double(count) >= Double(limit) * share }
        if reaches(endpoint.pending, endpointMax) { return true }
        let most = endpointMax * Self.endpointsOfOrganization
        return reaches(organization.pending, most) && reaches(endpoint.pending * organization.endpoints, most)
    }

    // MARK: MariaDB

    private func read() async -> [WaitingEndpoint]? {
        var (found, after) = ([WaitingEndpoint](), "")
        while true {
            let parameters: MySQLParameters = ["after": .text(after), "limit": .integer(Self.pageRows)]
            let page = await mysql.attempt { connection throws(MySQLError) in
                try connection.query(PendingDeliveryStatements.endpoints, parameters).map { WaitingEndpoint($0) }
            }
            guard case .success(let endpoints) = page else { return nil }
            found += endpoints.filter { $0.pending > 0 || $0.isFull }
            guard let last = endpoints.last, endpoints.count == Int(Self.pageRows) else { return found }
            after = last.id.description
        }
    }

    private func set(_ isFull: Bool, _ endpoint: WaitingEndpoint) async {
        let now = clock.now()
        let outcome = await mysql.attempt { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> [PendingDelivery] in
                let changed = try connection.update(
                    PendingDeliveryStatements.set, ["is_full": .boolean(isFull), "id": .id(endpoint.id)])
                return changed > 0 && isFull ? try Self.writeEvent(endpoint, at: now, connection) : []
            }
        }
        guard case .success(let deliveries) = outcome else { return }
        logger.warning(
            isFull
                ? "new deliveries of a webhook are skipped: too many wait"
                : "new deliveries of a webhook are taken again",
            .id(endpoint.id), .number("pending", Int(endpoint.pending)))
        do throws(RedisError) {
            try await DispatchScript(deliveries, of: endpoint.organizationID).run(redis)
        } catch {
            logger.debug("the event of a full webhook waits for the next pass", .error(error))
        }
    }

    private static func writeEvent(
        _ endpoint: WaitingEndpoint, at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) -> [PendingDelivery] {
        let type = EventName.webhookSaturated.rawValue
        var outbox = EventOutbox<WebhookID>(
            now: now, subscribers: try Subscribers(of: [endpoint.organizationID], connection))
        outbox.add(type, of: endpoint.organizationID, endpoint.environment, origin: endpoint.id) {
            var random = SystemRandomSource()
            let id = EventID(at: now, random: &random)
            return OutgoingEvent(
                id: id, organizationID: endpoint.organizationID, environment: endpoint.environment,
                subjectID: id.description, type: type
            ) { json in
                json.field("webhookId", endpoint.id)
                json.field("pending", endpoint.pending)
            }
        }
        return try outbox.write(connection)[endpoint.id] ?? []
    }
}
