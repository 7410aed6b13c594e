extension Migration {
    /// The threshold of low balances, and the indexes of statements and of retention.
    static let upkeep = Migration(
        number: 7, name: "upkeep",
        up: [
            "ALTER TABLE organizations ADD COLUMN IF NOT EXISTS low_credits_threshold BIGINT NULL",
            "CREATE INDEX IF NOT EXISTS credit_ledger_time ON credit_ledger (organization_id, created_at)",
            "CREATE INDEX IF NOT EXISTS credit_ledger_session ON credit_ledger (session_id)",
            "CREATE INDEX IF NOT EXISTS cart_tryon_sessions_ended ON cart_tryon_sessions (finished_at)",
            "CREATE INDEX IF NOT EXISTS cart_tryon_items_ended ON cart_tryon_items (finished_at)",
            "CREATE INDEX IF NOT EXISTS webhook_events_time ON webhook_events (created_at)",
            "CREATE INDEX IF NOT EXISTS webhook_deliveries_time ON webhook_deliveries (created_at)",
            "CREATE INDEX IF NOT EXISTS webhook_attempts_time ON webhook_attempts (started_at)",
        ],
        down: [
            "DROP INDEX IF EXISTS webhook_attempts_time ON webhook_attempts",
            "DROP INDEX IF EXISTS webhook_deliveries_time ON webhook_deliveries",
            "DROP INDEX IF EXISTS webhook_events_time ON webhook_events",
            "DROP INDEX IF EXISTS cart_tryon_items_ended ON cart_tryon_items",
            "DROP INDEX IF EXISTS cart_tryon_sessions_ended ON cart_tryon_sessions",
            "DROP INDEX IF EXISTS credit_ledger_session ON credit_ledger",
            "DROP INDEX IF EXISTS credit_ledger_time ON credit_ledger",
            "ALTER TABLE organizations DROP COLUMN IF EXISTS low_credits_threshold",
        ])
}
