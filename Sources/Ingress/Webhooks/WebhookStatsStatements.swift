internal import Domain

/// Statements on the statistics of webhooks.
enum WebhookStatsStatements {
    static let hours = """
        SELECT hour, delivered, failed, attempts, attempts_failed, \(EndpointHour.boundsMs.map(EndpointHour.column).joined(separator: ", "))
        FROM webhook_hours WHERE webhook_id = :id AND hour >= :since ORDER BY hour
        """
}
