internal import Platform

/// Statements that read what Redis must know.
enum ReconcilerStatements {
    static let openSessions = """
        SELECT id, organization_id FROM cart_tryon_sessions WHERE status = :status AND id > :after
        ORDER BY id LIMIT \(Reconciler.pageRows)
        """
    /// Pending deliveries in the order of their next attempt.
    static let dueDeliveries = """
        SELECT id, organization_id, webhook_id, next_attempt_at FROM webhook_deliveries
        WHERE status = 'pending' AND next_attempt_at >= :from AND next_attempt_at <= :until
            AND (next_attempt_at > :from OR id > :after)
        ORDER BY next_attempt_at, id LIMIT \(Reconciler.pageRows)
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
