/// Statements that read the ledger of an organisation.
enum StatementStatements {
    private static let columns = "id, kind, amount, reference, session_id, item_id, created_at"

    /// An absent filter of the kind is NULL.
    static let list = list("TRUE")
    /// Entries of one session; they are found by their references, of which the names are `:r0` and so on.
    static let listOfSession = list(
        "reference IN (\((0..<LedgerHandler.referencesOfSession).map { ":r\($0)" }.joined(separator: ", ")))")

    private static func list(_ condition: String) -> String {
        """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id < :before AND \(condition)
            AND (:kind IS NULL OR kind = :kind) AND created_at >= :since AND created_at < :until
        ORDER BY id DESC LIMIT :limit
        """
    }

    static let sumBefore = """
        SELECT COALESCE(SUM(amount), 0) FROM credit_ledger WHERE organization_id = :organization AND created_at < :since
        """
    static let page = """
        SELECT \(columns) FROM credit_ledger
        WHERE organization_id = :organization AND id > :after AND created_at >= :since AND created_at < :until
        ORDER BY id LIMIT \(LedgerHandler.pageRows)
        """
}
