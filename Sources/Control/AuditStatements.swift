/// The rules of the books; each statement returns the rows that break its rule.
enum AuditStatements {
    private static let rowsMax = 1_000

    /// The rule in words, and the statement with the columns `place` and `what`.
    static let rules: [(rule: String, statement: String)] = [
        (
            "the balance is the sum of the ledger",
            """
            SELECT o.id AS place, CONCAT('balance ', o.credits, ', ledger ', COALESCE(l.total, 0)) AS what
            FROM organizations o
            LEFT JOIN (SELECT organization_id, SUM(amount) AS total FROM credit_ledger GROUP BY organization_id) l
                ON l.organization_id = o.id
            WHERE o.credits <> COALESCE(l.total, 0) OR o.credits < 0 LIMIT \(rowsMax)
            """
        ),
        (
            "a session is charged at most once",
            """
            SELECT session_id AS place, CONCAT(COUNT(*), ' charges') AS what FROM credit_ledger
            WHERE kind = 'charge' GROUP BY session_id HAVING COUNT(*) > 1 LIMIT \(rowsMax)
            """
        ),
        (
            "an item is refunded at most once",
            """
            SELECT item_id AS place, CONCAT(COUNT(*), ' refunds') AS what FROM credit_ledger
            WHERE kind = 'refund' AND item_id IS NOT NULL GROUP BY item_id HAVING COUNT(*) > 1 LIMIT \(rowsMax)
            """
        ),
        (
            "an ended session has cost what its completed items cost",
            """
            SELECT s.id AS place, CONCAT('paid ', -COALESCE(l.total, 0), ', completed items cost ', i.total) AS what
            FROM cart_tryon_sessions s
            JOIN (
                SELECT session_id, SUM(IF(status = 'completed', price_credits, 0)) AS total, COUNT(*) AS items
                FROM cart_tryon_items GROUP BY session_id
            ) i ON i.session_id = s.id
            LEFT JOIN (
                SELECT l.session_id, SUM(l.amount) AS total, SUM(l.kind = 'refund' AND c.status = 'completed') AS by_hand
                FROM credit_ledger l LEFT JOIN cart_tryon_items c ON c.id = l.item_id
                WHERE l.session_id IS NOT NULL GROUP BY l.session_id
            ) l ON l.session_id = s.id
            WHERE s.status NOT IN ('queued', 'processing') AND -COALESCE(l.total, 0) <> i.total
                AND COALESCE(l.by_hand, 0) = 0
            LIMIT \(rowsMax)
            """
        ),
        (
            "a charge belongs to a session",
            """
            SELECT l.reference AS place, 'there is no such session' AS what FROM credit_ledger l
            LEFT JOIN cart_tryon_sessions s ON s.id = l.session_id
            WHERE l.kind = 'charge' AND s.id IS NULL AND l.created_at > NOW(3) - INTERVAL 29 DAY LIMIT \(rowsMax)
            """
        ),
        (
            "an ended session has the event that an endpoint subscribes to",
            """
            SELECT DISTINCT s.id AS place, CONCAT('no event tryon.', s.status) AS what FROM cart_tryon_sessions s
            JOIN webhooks w ON w.organization_id = s.organization_id AND w.environment = s.environment
                AND w.deleted_at IS NULL AND w.is_active = 1
                AND w.updated_at < s.created_at - INTERVAL 1 MINUTE
                AND CONCAT(' ', w.events, ' ') REGEXP CONCAT(' ([*]|tryon[.]', s.status, ') ')
            LEFT JOIN webhook_events e ON e.subject_id = s.id AND e.type = CONCAT('tryon.', s.status)
            WHERE s.status NOT IN ('queued', 'processing') AND e.id IS NULL
                AND s.finished_at > NOW(3) - INTERVAL 1 DAY LIMIT \(rowsMax)
            """
        ),
        (
            "a subject has one event of a type",
            """
            SELECT subject_id AS place, CONCAT(COUNT(*), ' events ', type) AS what FROM webhook_events
            GROUP BY subject_id, type HAVING COUNT(*) > 1 LIMIT \(rowsMax)
            """
        ),
        (
            "an event has one delivery for an endpoint",
            """
            SELECT event_id AS place, CONCAT(COUNT(*), ' deliveries to ', webhook_id) AS what FROM webhook_deliveries
            GROUP BY event_id, webhook_id HAVING COUNT(*) > 1 LIMIT \(rowsMax)
            """
        ),
    ]

    static let openSessions = """
        SELECT id, organization_id FROM cart_tryon_sessions WHERE status IN ('queued', 'processing') LIMIT 1000000
        """

    /// Those of the sessions that have ended.
    static func ended(_ list: String) -> String {
        "SELECT id, status FROM cart_tryon_sessions WHERE id IN (\(list)) AND status NOT IN ('queued', 'processing')"
    }
}
