/// Statements that read the ledger of an organisation; each reads about as many entries as it returns.
enum StatementStatements {
    private static let columns = "id, kind, amount, reference, session_id, item_id, created_at"

    static let list = list("TRUE")
    static let listOfKind = list("kind = :kind")
    /// Entries of one session, of one kind if it is not NULL; they are found by their references, of which the names are
    /// `:r0` and so on.
    static let listOfSession = list(
        "reference IN (\((0..<LedgerHandler.referencesOfSession).map { ":r\($0)" }.joined(separator: ", ")))"
            + " AND (:kind IS NULL OR kind = :kind)")

    private static func list(_ condition: String) -> String {
        """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id < :before AND \(condition)
            AND id >= :first AND id < :end AND created_at >= :since AND created_at < :until
        ORDER BY id DESC LIMIT :limit
        """
    }

    /// The first entry of a time.
    static let firstSince = """
        SELECT id FROM credit_ledger WHERE organization_id = :organization AND created_at >= :time
        ORDER BY created_at LIMIT 1
        """
    /// The balance before a time: the balance now without the entries since.
    static let balanceBefore = """
        SELECT o.credits - (
            SELECT COALESCE(SUM(l.amount), 0) FROM credit_ledger l
            WHERE l.organization_id = o.id AND l.created_at >= :since
        ) AS balance FROM organizations o WHERE o.id = :organization
        """
    static let page = """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id > :after AND id >= :first AND id < :end
            AND created_at >= :since AND created_at < :until
        ORDER BY id LIMIT \(LedgerHandler.pageRows)
        """
}
