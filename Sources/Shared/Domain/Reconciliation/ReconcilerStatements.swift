internal import Platform

/// Statements that read what Redis must know.
enum ReconcilerStatements {
    static let openSessions = """
        SELECT id, organization_id FROM cart_tryon_sessions WHERE status = :status AND id > :after
        ORDER BY id LIMIT \(Reconciler.pageRows)
        """
    /// The time until which deliveries are looked at in a pass: those that are due later are left to a later one.
    static let until = "SELECT NOW(3) + INTERVAL 60 SECOND AS until"
    /// Pending deliveries in the order of their next attempt, with the time until it.
    static let dueDeliveries = """
        SELECT d.id, d.organization_id, d.webhook_id, d.next_attempt_at,
            TIMESTAMPDIFF(MICROSECOND, NOW(3), d.next_attempt_at) DIV 1000 AS wait_ms,
            w.max_concurrency, w.rate_per_second, w.is_ordered, w.updated_at AS limits_changed_at
        FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.status = 'pending' AND d.next_attempt_at >= :from AND d.next_attempt_at <= :until
            AND (d.next_attempt_at > :from OR d.id > :after)
        ORDER BY d.next_attempt_at, d.id LIMIT \(Reconciler.pageRows)
        """
    static let accounts = """
        SELECT \(AccountStatements.columns) FROM organizations WHERE id > :after ORDER BY id
        LIMIT \(Reconciler.pageRows)
        """
    /// Those of the sessions that are charged or have ended.
    static func decided(_ count: Int) -> String {
        "SELECT id FROM cart_tryon_sessions WHERE id IN (\(BatchSize.list(count))) AND status <> 'queued'"
    }
}
