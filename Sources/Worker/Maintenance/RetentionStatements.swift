internal import Platform

/// The statements of retention; each takes at most a batch of rows.
///
/// Ids sort by their time, so the oldest rows are the first of the primary key.
enum RetentionStatements {
    /// The oldest rows first, and then their times: a search by time would read the whole table.
    static let attempts = """
        SELECT id FROM (SELECT id, started_at FROM webhook_attempts ORDER BY id LIMIT :limit) oldest
        WHERE started_at < :before
        """
    static func deleteAttempts(_ count: Int) -> String {
        "DELETE FROM webhook_attempts WHERE id IN (\(BatchSize.list(count)))"
    }

    static let deliveries = """
        SELECT id FROM webhook_deliveries WHERE id < :before AND status <> 'pending' ORDER BY id LIMIT :limit
        """
    /// One that its owner has sent again meanwhile is kept.
    static func deleteDeliveries(_ count: Int) -> String {
        "DELETE FROM webhook_deliveries WHERE id IN (\(BatchSize.list(count))) AND status <> 'pending'"
    }

    /// Events without a delivery; one that waits keeps its event.
    static let events = """
        SELECT e.id FROM webhook_events e
        WHERE e.id < :before AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id)
        ORDER BY e.id LIMIT :limit
        """
    static func deleteEvents(_ count: Int) -> String {
        "DELETE FROM webhook_events WHERE id IN (\(BatchSize.list(count)))"
    }

    /// Hours of the statistics of webhooks.
    static let deleteHours = "DELETE FROM webhook_hours WHERE hour < :before LIMIT :limit"

    /// Items of old sessions from a session on; those without a picture, too, so that the cursor moves on.
    static let results = """
        SELECT id, session_id, result_path FROM cart_tryon_items
        WHERE session_id >= :after AND session_id < :before ORDER BY session_id, position LIMIT :limit
        """
    static func forgetResults(_ count: Int) -> String {
        "UPDATE cart_tryon_items SET result_path = NULL WHERE id IN (\(BatchSize.list(count)))"
    }

    static let sessions = """
        SELECT id FROM cart_tryon_sessions WHERE id < :before AND finished_at IS NOT NULL ORDER BY id LIMIT :limit
        """
    /// The first session that has not ended.
    static let firstOpen = "SELECT MIN(id) AS id FROM cart_tryon_sessions WHERE status IN ('queued', 'processing')"
    static func deleteItems(_ count: Int) -> String {
        "DELETE FROM cart_tryon_items WHERE session_id IN (\(BatchSize.list(count)))"
    }
    static func deleteSessions(_ count: Int) -> String {
        "DELETE FROM cart_tryon_sessions WHERE id IN (\(BatchSize.list(count)))"
    }

    /// The session below which the pictures of all sessions are deleted.
    static let cursor = "SELECT value FROM drape_settings WHERE name = 'retentionResults'"
    static let moveCursor = """
        INSERT INTO drape_settings (name, value) VALUES ('retentionResults', ?) ON DUPLICATE KEY UPDATE value = VALUES(value)
        """
}
