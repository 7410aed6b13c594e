/// Statements on grants of credits.
enum GrantStatements {
    static let find = """
        SELECT amount, created_at FROM credit_ledger WHERE organization_id = :organization AND reference = :reference
        """
    static let raiseCredits = """
        UPDATE organizations SET credits = credits + :amount, credits_version = credits_version + 1, updated_at = :now
        WHERE id = :id
        """
}
