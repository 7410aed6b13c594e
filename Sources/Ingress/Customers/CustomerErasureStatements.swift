internal import Platform

/// Statements that erase a customer, in the order in which rows are locked: customer, photos, sessions, items, events.
enum CustomerErasureStatements {
    static let eraseCustomer = """
        UPDATE external_customers SET external_id = NULL, email = NULL, phone = NULL, name = NULL, metadata = '{}',
            updated_at = :now, deleted_at = :now WHERE id = :id
        """
    /// Charging locks these rows, too: a session that it has not inserted yet finds the photo deleted.
    static let deletePhotos = "UPDATE photos SET deleted_at = :now WHERE customer_id = :id AND deleted_at IS NULL"
    static let photos = "SELECT id, object_path FROM photos WHERE customer_id = ?"
    static let sessions = """
        SELECT id FROM cart_tryon_sessions
        WHERE organization_id = :organization AND environment = :environment AND customer_id = :external_id FOR UPDATE
        """

    static func eraseSessions(_ count: Int) -> String {
        "UPDATE cart_tryon_sessions SET customer_id = '', metadata = '{}' WHERE id IN (\(BatchSize.list(count)))"
    }

    /// Reads all items, because a worker that died may have left a file that no row refers to.
    static func items(_ count: Int) -> String {
        "SELECT session_id, id FROM cart_tryon_items WHERE session_id IN (\(BatchSize.list(count)))"
    }

    static func eraseResults(_ count: Int) -> String {
        "UPDATE cart_tryon_items SET result_path = NULL WHERE session_id IN (\(BatchSize.list(count)))"
    }

    /// Reduces an event's data to the session's id and `isErased`; its type still reports the session's end.
    static func eraseEvents(_ count: Int) -> String {
        """
        UPDATE webhook_events SET body = CONCAT('{"id":"', id, '","type":"', type, '","createdAt":"',
            LEFT(DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z","organizationId":"', organization_id,
            '","data":{"id":"', subject_id, '","isErased":true}}')
        WHERE subject_id IN (\(BatchSize.list(count)))
        """
    }
}
