/// The statements on deliveries that wait.
enum PendingDeliveryStatements {
    /// A page of endpoints, deleted ones too, with the number of their pending deliveries, which an index counts.
    static let endpoints = """
        SELECT w.id, w.organization_id, w.environment, w.is_full,
            (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending') AS pending
        FROM webhooks w WHERE w.id > :after ORDER BY w.id LIMIT :limit
        """
    static let set = "UPDATE webhooks SET is_full = :is_full WHERE id = :id AND is_full <> :is_full"
}
