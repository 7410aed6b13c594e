package import Platform

/// The endpoints of some organisations, and the events to which they subscribe.
package struct Subscribers {
    struct Subscriber {
        let id: WebhookID
        /// Whether its deliveries are due at once.
        let isReady: Bool
        let limits: WebhookLimits
        fileprivate let environment: TenantEnvironment
        fileprivate let patterns: [EventTypePattern]
    }

    private var endpoints: [OrganizationID: [Subscriber]] = [:]

    package init(of organizations: Set<OrganizationID>, _ connection: MySQLConnection) throws(MySQLError) {
        for ids in BatchSize.paddedPieces(organizations.sorted()) {
            for row in try connection.query(EventStatements.subscribers(ids.count), ids.map { .id($0) }) {
                endpoints[row.id("organization_id"), default: []].append(Subscriber(row))
            }
        }
    }

    /// Those that subscribe to events of a type.
    func subscribed(
        to type: String, of organization: OrganizationID, _ environment: TenantEnvironment
    ) -> [Subscriber] {
        (endpoints[organization] ?? []).filter { $0.isSubscribed(to: type, environment) }
    }
}

extension Subscribers.Subscriber {
    fileprivate init(_ row: MySQLRow) {
        id = row.id("id")
        isReady = row.boolean("is_active") && !row.boolean("is_full")
        limits = WebhookLimits(row)
        environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
        patterns = EventTypePattern.list(row.text("events"))
    }

    fileprivate func isSubscribed(to type: String, _ environment: TenantEnvironment) -> Bool {
        environment == self.environment && patterns.contains { $0.matches(type) }
    }
}
