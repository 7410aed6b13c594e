extension Migration {
    /// The threshold of low balances, and the indexes by which a long ledger is read.
    static let upkeep = Migration(
        number: 7, name: "upkeep",
        up: [
            "ALTER TABLE organizations ADD COLUMN IF NOT EXISTS low_credits_threshold BIGINT NULL",
            """
            ALTER TABLE credit_ledger
                ADD INDEX IF NOT EXISTS credit_ledger_kind (organization_id, kind, id),
                ADD INDEX IF NOT EXISTS credit_ledger_time (organization_id, created_at, amount)
            """,
        ],
        down: [
            """
            ALTER TABLE credit_ledger DROP INDEX IF EXISTS credit_ledger_kind, DROP INDEX IF EXISTS credit_ledger_time
            """,
            "ALTER TABLE organizations DROP COLUMN IF EXISTS low_credits_threshold",
        ])
}
