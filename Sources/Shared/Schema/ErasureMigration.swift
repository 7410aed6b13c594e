extension Migration {
    /// The erasure lists of data outside MariaDB, and the index that finds a customer's sessions.
    static let erasures = Migration(
        number: 6, name: "erasures",
        up: [
            """
            CREATE TABLE IF NOT EXISTS erasures (
                id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                batch CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                kind ENUM('file', 'key', 'tickets') NOT NULL,
                name VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                due_at DATETIME(3) NOT NULL,
                KEY erasures_batch (batch),
                KEY erasures_due (due_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE INDEX IF NOT EXISTS cart_tryon_sessions_customer
                ON cart_tryon_sessions (organization_id, environment, customer_id)
            """,
        ],
        down: [
            "DROP INDEX IF EXISTS cart_tryon_sessions_customer ON cart_tryon_sessions",
            "DROP TABLE IF EXISTS erasures",
        ])
}
