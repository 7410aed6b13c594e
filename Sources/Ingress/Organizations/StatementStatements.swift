/// Statements that read the ledger of an organisation.
enum StatementStatements {
    private static let columns = "id, kind, amount, reference, session_id, item_id, created_at"

    /// Absent filters are NULL.
    static let list = """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id < :before AND (:session IS NULL OR session_id = :session)
            AND (:kind IS NULL OR kind = :kind) AND created_at >= :since AND created_at < :until
        ORDER BY id DESC LIMIT :limit
        """
    static let sumBefore = """
        SELECT COALESCE(SUM(amount), 0) FROM credit_ledger WHERE organization_id = :organization AND created_at < :since
        """
    static let page = """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id > :after AND created_at >= :since AND created_at < :until
        ORDER BY id LIMIT \(LedgerHandler.pageRows)
        """
}
