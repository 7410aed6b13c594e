extension Migration {
    /// Sessions, their items, the credit ledger, and idempotency keys.
    ///
    /// No foreign key refers to `organizations`: workers lock rows in one order, and the implicit lock of a foreign key
    /// would break it.
    static let tryons = Migration(
        number: 3, name: "tryons",
        up: [
            """
            CREATE TABLE IF NOT EXISTS cart_tryon_sessions (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                api_key_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                customer_id VARCHAR(128) NOT NULL,
                photo_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                cart_id VARCHAR(128) NULL,
                quality ENUM('SD', 'HD', '4K') NOT NULL,
                status ENUM('queued', 'processing', 'completed', 'partially_completed', 'failed', 'canceled', 'expired')
                    NOT NULL,
                owner VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL,
                cost_credits INT NOT NULL,
                cancel_requested TINYINT NOT NULL DEFAULT 0,
                duplicate_of CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                error_code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                error_message VARCHAR(255) NULL,
                metadata TEXT NOT NULL DEFAULT '{}',
                request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                traceparent VARCHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL,
                created_at DATETIME(3) NOT NULL,
                started_at DATETIME(3) NULL,
                finished_at DATETIME(3) NULL,
                KEY cart_tryon_sessions_list (organization_id, environment, id),
                KEY cart_tryon_sessions_open (status, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS cart_tryon_items (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                session_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                position TINYINT NOT NULL,
                sku VARCHAR(128) NOT NULL,
                garment_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                garment_url VARCHAR(2000) NULL,
                category VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                price_credits INT NOT NULL,
                status ENUM('queued', 'processing', 'completed', 'failed', 'canceled', 'expired') NOT NULL,
                result_path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
                renderer VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                error_code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                error_message VARCHAR(255) NULL,
                finished_at DATETIME(3) NULL,
                UNIQUE KEY cart_tryon_items_session (session_id, position)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS credit_ledger (
                id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                reference VARCHAR(160) NOT NULL,
                kind ENUM('grant', 'charge', 'refund') NOT NULL,
                amount BIGINT NOT NULL,
                session_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                item_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                created_at DATETIME(3) NOT NULL,
                UNIQUE KEY credit_ledger_reference (organization_id, reference),
                KEY credit_ledger_list (organization_id, id),
                CONSTRAINT credit_ledger_amount CHECK (amount BETWEEN -1000000000 AND 1000000000)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS idempotency_keys (
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                key_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                session_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                subject_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL,
                answer MEDIUMBLOB NULL,
                created_at DATETIME(3) NOT NULL,
                expires_at DATETIME(3) NOT NULL,
                PRIMARY KEY (organization_id, environment, key_hash),
                KEY idempotency_keys_subject (organization_id, subject_id),
                KEY idempotency_keys_expiry (expires_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: [
            "DROP TABLE IF EXISTS idempotency_keys", "DROP TABLE IF EXISTS credit_ledger",
            "DROP TABLE IF EXISTS cart_tryon_items", "DROP TABLE IF EXISTS cart_tryon_sessions",
        ])
}
