/// Statements that record which migrations are applied.
enum MigrationStatements {
    static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INT NOT NULL PRIMARY KEY,
            name VARCHAR(100) NOT NULL,
            checksum CHAR(64) NOT NULL,
            started_at DATETIME(3) NOT NULL,
            applied_at DATETIME(3) NULL
        ) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_bin
        """
    static let list = "SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number"
    static let begin = """
        INSERT INTO schema_migrations (number, name, checksum, started_at) VALUES (:number, :name, :checksum, NOW(3))
        ON DUPLICATE KEY UPDATE name = VALUES(name), checksum = VALUES(checksum), started_at = NOW(3)
        """
    static let finish = "UPDATE schema_migrations SET applied_at = NOW(3) WHERE number = ?"
    static let reopen = "UPDATE schema_migrations SET applied_at = NULL WHERE number = ?"
    static let tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
    static let remove = "DELETE FROM schema_migrations WHERE number = ?"
    static let lock = "SELECT GET_LOCK(CONCAT('drape_migrations:', DATABASE()), 10) AS is_locked"
    static let unlock = "SELECT RELEASE_LOCK(CONCAT('drape_migrations:', DATABASE())) AS is_released"
    /// Lets those through who wait behind this session.
    static let pause = "DO SLEEP(1)"
}
