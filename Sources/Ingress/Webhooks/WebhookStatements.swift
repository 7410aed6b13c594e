/// Statements on webhooks.
enum WebhookStatements {
    private static let columns = """
        id, url, description, events, is_active, disabled_reason, success_count, failure_count, created_at, updated_at
        """
    static let insert = """
        INSERT INTO webhooks (id, organization_id, environment, url, description, events, secret, created_at, updated_at)
        VALUES (:id, :organization, :environment, :url, :description, :events, :secret, :now, :now)
        """
    static let read = """
        SELECT \(columns) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
    static let list = """
        SELECT \(columns) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL AND id < :before
        ORDER BY id DESC LIMIT :limit
        """
    static let count = """
        SELECT COUNT(*) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL
        """
    static let delete = """
        UPDATE webhooks SET is_active = 0, deleted_at = :now, updated_at = :now
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
}
