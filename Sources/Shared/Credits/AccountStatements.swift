/// Statements on an organisation's money.
enum AccountStatements {
    static let read = "SELECT credits, credits_version, status, auth_version FROM organizations WHERE id = ?"
    static let lock = """
        SELECT credits, credits_version, status, auth_version FROM organizations WHERE id = ? FOR UPDATE
        """
    static let change = """
        UPDATE organizations SET credits = credits + ?, credits_version = credits_version + 1, updated_at = ? WHERE id = ?
        """
    static let entry = """
        INSERT INTO credit_ledger (organization_id, reference, kind, amount, session_id, item_id, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    static let grantByReference = """
        SELECT amount, created_at FROM credit_ledger WHERE organization_id = ? AND reference = ?
        """
}
