/// Statements of single commands.
enum ControlStatements {
    static let organizationOfWebhook = "SELECT organization_id FROM webhooks WHERE id = ?"
    static let webhook = "SELECT organization_id, url FROM webhooks WHERE id = ?"
    static let session = """
        SELECT organization_id, environment, status, owner, cost_credits, cancel_requested, error_code, created_at,
            started_at, finished_at
        FROM cart_tryon_sessions WHERE id = ?
        """
    static let delivery = """
        SELECT d.organization_id, d.status, d.attempts, d.next_attempt_at, d.last_status_code, d.last_error, d.webhook_id,
            e.type, d.created_at
        FROM webhook_deliveries d LEFT JOIN webhook_events e ON e.id = d.event_id WHERE d.id = ?
        """
    static let webhooks = """
        SELECT id, organization_id, environment, is_active, disabled_reason, failing_since, success_count, failure_count, url
        FROM webhooks WHERE deleted_at IS NULL ORDER BY is_active, failing_since IS NULL, failing_since, id LIMIT 10000
        """
    static let event = """
        SELECT organization_id, environment, type, subject_id, request_id, created_at,
            (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.event_id = e.id) AS deliveries
        FROM webhook_events e WHERE e.id = ?
        """
    static let key = """
        SELECT k.organization_id, k.name, k.rate_limit_per_minute, k.is_active, o.plan, o.name AS organization
        FROM api_keys k JOIN organizations o ON o.id = k.organization_id WHERE k.id = ?
        """
    static let renderer = "SELECT renderer FROM organizations WHERE id = ?"
    static let setRenderer = "UPDATE organizations SET renderer = :renderer WHERE id = :id"
    static let photoFiles = """
        SELECT id, object_path FROM photos WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT 500
        """
    static let garmentFiles = """
        SELECT id, object_path FROM garments WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT 500
        """
    static let resultFiles = """
        SELECT id, result_path AS object_path FROM cart_tryon_items WHERE id > ? AND result_path IS NOT NULL
        ORDER BY id LIMIT 500
        """
    static let now = "SELECT NOW(3) AS now"
}
