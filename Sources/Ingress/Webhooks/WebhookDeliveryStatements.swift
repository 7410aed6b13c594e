/// Statements on the deliveries of one webhook.
enum WebhookDeliveryStatements {
    private static let columns = """
        d.id, d.event_id, e.type, d.status, d.attempts, d.next_attempt_at, d.delivered_at, d.last_status_code, d.last_error,
        d.created_at
        """
    /// Of a webhook of this organisation and environment, deleted or not.
    private static let ofWebhook = """
        d.webhook_id = :webhook AND EXISTS (
            SELECT 1 FROM webhooks w WHERE w.id = d.webhook_id AND w.organization_id = :organization
                AND w.environment = :environment)
        """
    static let list = """
        SELECT \(columns) FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
        WHERE \(ofWebhook) AND d.id < :before AND d.created_at >= :since
            AND (:status IS NULL OR d.status = :status) AND (:type IS NULL OR e.type = :type)
        ORDER BY d.id DESC LIMIT :limit
        """
    static let read = """
        SELECT \(columns) FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
        WHERE \(ofWebhook) AND d.id = :id
        """
    static let attempts = """
        SELECT a.attempt, a.address, a.status_code, a.error, a.response, a.duration_ms, a.started_at, a.delivery_id,
            d.event_id, d.webhook_id, e.type, e.traceparent, w.headers
        FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id
            JOIN webhook_events e ON e.id = d.event_id JOIN webhooks w ON w.id = d.webhook_id
        WHERE a.delivery_id = :id ORDER BY a.id LIMIT 1000
        """
    static let insertEvent = """
        INSERT INTO webhook_events (id, organization_id, environment, subject_id, type, body, request_id, created_at)
        VALUES (:event, :organization, :environment, :event, :type, :body, :request, :now)
        """
    static let insert = """
        INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, next_attempt_at, created_at)
        VALUES (:id, :organization, :event, :webhook, LEAST(:now, NOW(3)), :now)
        """
    static let resend = """
        UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = NOW(3)
        WHERE id = :id AND webhook_id = :webhook AND status <> 'pending'
        """
}
