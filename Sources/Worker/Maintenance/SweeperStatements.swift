/// Statements of the sweeper.
enum SweeperStatements {
    static let expiredKeysMax = 1_000
    static let dropExpiredKeys = """
        DELETE FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT 1000
        """
}
