internal import Shared

/// The statements of delivering events.
enum DeliveryStatements {
    static func load(_ count: Int) -> String {
        """
        SELECT d.id, d.organization_id, d.status, d.attempts, d.next_attempt_at, e.id, e.type, e.body, e.traceparent,
            w.id, w.url, w.secret, w.is_active, w.deleted_at
        FROM webhook_deliveries d
        JOIN webhook_events e ON e.id = d.event_id JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.id IN (\(StatementSize.list(count)))
        """
    }

    static func insertAttempts(_ count: Int) -> String {
        """
        INSERT INTO webhook_attempts (delivery_id, attempt, address, status_code, error, response, duration_ms, started_at)
        VALUES \(StatementSize.rows(count, columns: 8))
        """
    }

    /// A delivery that somebody else has ended meanwhile stays as it is.
    static let update = """
        UPDATE webhook_deliveries SET status = ?, attempts = ?, next_attempt_at = ?, delivered_at = ?,
            last_status_code = ?, last_error = ? WHERE id = ? AND status = 'pending'
        """
    static let cancel = "UPDATE webhook_deliveries SET status = 'canceled' WHERE id = ? AND status = 'pending'"
    static let countSuccess = "UPDATE webhooks SET success_count = success_count + ? WHERE id = ?"
    static let countFailure = "UPDATE webhooks SET failure_count = failure_count + ? WHERE id = ?"
    static let disable = """
        UPDATE webhooks SET is_active = 0, disabled_reason = 'gone', updated_at = ? WHERE id = ? AND is_active = 1
        """
}
