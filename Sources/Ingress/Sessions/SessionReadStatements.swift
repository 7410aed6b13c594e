/// Statements that read sessions for the API.
enum SessionReadStatements {
    private static let columns = """
        id, status, customer_id, photo_id, cart_id, quality, cost_credits, metadata, error_code, error_message,
        duplicate_of, started_at, finished_at
        """
    static let one = """
        SELECT \(columns) FROM cart_tryon_sessions
        WHERE organization_id = :organization AND environment = :environment AND id = :id
        """
    static let list = """
        SELECT \(columns) FROM cart_tryon_sessions
        WHERE organization_id = :organization AND environment = :environment AND id < :before
        ORDER BY id DESC LIMIT :limit
        """
    static let items = """
        SELECT id, sku, status, result_path, renderer, error_code, error_message FROM cart_tryon_items
        WHERE session_id = ? ORDER BY position
        """
}
