extension Migration {
    /// The threshold of low balances.
    static let upkeep = Migration(
        number: 7, name: "upkeep",
        up: ["ALTER TABLE organizations ADD COLUMN IF NOT EXISTS low_credits_threshold BIGINT NULL"],
        down: ["ALTER TABLE organizations DROP COLUMN IF EXISTS low_credits_threshold"])
}
