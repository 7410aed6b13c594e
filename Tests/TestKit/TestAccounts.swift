import Testing

extension TestStack {
    /// Checks all invariants of credits that must hold when no session is under way.
    package func expectAccountsToBalance() {
        let wrong = sql(
            """
            SELECT o.id, o.credits, COALESCE(SUM(l.amount), 0) FROM organizations o
            LEFT JOIN credit_ledger l ON l.organization_id = o.id GROUP BY o.id HAVING o.credits <> COALESCE(SUM(l.amount), 0)
            """)
        #expect(wrong == "", "credits differ from the ledger")
        let doubled = sql(
            "SELECT session_id FROM credit_ledger WHERE kind = 'charge' GROUP BY session_id HAVING COUNT(*) > 1")
        #expect(doubled == "", "sessions were charged twice")
    }
}
