internal import Platform

/// The statements of retention; each takes at most a batch of rows.
enum RetentionStatements {
    static let deleteAttempts =
        "DELETE FROM webhook_attempts WHERE started_at < :before ORDER BY started_at LIMIT :limit"

    static let deleteDeliveries = """
        DELETE FROM webhook_deliveries WHERE created_at < :before AND status <> 'pending' ORDER BY created_at LIMIT :limit
        """

    /// Events without a delivery; one that waits keeps its event.
    static let events = """
        SELECT e.id FROM webhook_events e
        WHERE e.created_at < :before AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id)
        ORDER BY e.created_at LIMIT :limit
        """
    static func deleteEvents(_ count: Int) -> String {
        "DELETE FROM webhook_events WHERE id IN (\(BatchSize.list(count)))"
    }

    static let results = """
        SELECT id, result_path FROM cart_tryon_items
        WHERE finished_at < :before AND result_path IS NOT NULL
        ORDER BY finished_at LIMIT :limit
        """
    static func forgetResults(_ count: Int) -> String {
        "UPDATE cart_tryon_items SET result_path = NULL WHERE id IN (\(BatchSize.list(count)))"
    }

    static let sessions = """
        SELECT id FROM cart_tryon_sessions WHERE finished_at < :before ORDER BY finished_at LIMIT :limit
        """
    static func deleteItems(_ count: Int) -> String {
        "DELETE FROM cart_tryon_items WHERE session_id IN (\(BatchSize.list(count)))"
    }
    static func deleteSessions(_ count: Int) -> String {
        "DELETE FROM cart_tryon_sessions WHERE id IN (\(BatchSize.list(count)))"
    }
}
