extension Migration {
    /// Limits, headers and health of webhooks, statistics by hour, and the audit log.
    static let webhookLimits = Migration(
        number: 9, name: "webhook limits",
        up: [
            """
            ALTER TABLE webhooks
                MODIFY COLUMN events VARCHAR(2100) NOT NULL,
                ADD COLUMN IF NOT EXISTS max_concurrency INT NOT NULL DEFAULT 16,
                ADD COLUMN IF NOT EXISTS rate_per_second INT NULL,
                ADD COLUMN IF NOT EXISTS is_ordered TINYINT NOT NULL DEFAULT 0,
                ADD COLUMN IF NOT EXISTS headers BLOB NULL,
                ADD COLUMN IF NOT EXISTS failing_since DATETIME(3) NULL,
                ADD COLUMN IF NOT EXISTS failing_attempts INT NOT NULL DEFAULT 0,
                ADD COLUMN IF NOT EXISTS is_full TINYINT NOT NULL DEFAULT 0
            """,
            """
            ALTER TABLE webhook_deliveries
                ADD INDEX IF NOT EXISTS webhook_deliveries_status (webhook_id, status, id)
            """,
            "ALTER TABLE webhook_attempts MODIFY COLUMN response BLOB NULL",
            """
            CREATE TABLE IF NOT EXISTS webhook_hours (
                webhook_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                hour DATETIME NOT NULL,
                delivered BIGINT NOT NULL DEFAULT 0,
                failed BIGINT NOT NULL DEFAULT 0,
                attempts BIGINT NOT NULL DEFAULT 0,
                attempts_failed BIGINT NOT NULL DEFAULT 0,
                within_10_ms BIGINT NOT NULL DEFAULT 0,
                within_25_ms BIGINT NOT NULL DEFAULT 0,
                within_50_ms BIGINT NOT NULL DEFAULT 0,
                within_100_ms BIGINT NOT NULL DEFAULT 0,
                within_250_ms BIGINT NOT NULL DEFAULT 0,
                within_500_ms BIGINT NOT NULL DEFAULT 0,
                within_1000_ms BIGINT NOT NULL DEFAULT 0,
                within_2500_ms BIGINT NOT NULL DEFAULT 0,
                within_5000_ms BIGINT NOT NULL DEFAULT 0,
                within_10000_ms BIGINT NOT NULL DEFAULT 0,
                within_20000_ms BIGINT NOT NULL DEFAULT 0,
                PRIMARY KEY (webhook_id, hour),
                KEY webhook_hours_age (hour)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS audit_log (
                id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                actor VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                action VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                subject_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                detail VARCHAR(255) NOT NULL DEFAULT '',
                address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
                request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
                created_at DATETIME(3) NOT NULL,
                KEY audit_log_list (organization_id, id),
                KEY audit_log_subject (subject_id, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: [
            "DROP TABLE IF EXISTS audit_log", "DROP TABLE IF EXISTS webhook_hours",
            "UPDATE webhook_attempts SET response = LEFT(response, 1024) WHERE LENGTH(response) > 1024",
            "ALTER TABLE webhook_attempts MODIFY COLUMN response VARBINARY(1024) NULL",
            "ALTER TABLE webhook_deliveries DROP INDEX IF EXISTS webhook_deliveries_status",
            "UPDATE webhooks SET events = '*' WHERE CHAR_LENGTH(events) > 1000",
            """
            ALTER TABLE webhooks
                MODIFY COLUMN events VARCHAR(1000) NOT NULL,
                DROP COLUMN IF EXISTS max_concurrency, DROP COLUMN IF EXISTS rate_per_second,
                DROP COLUMN IF EXISTS is_ordered, DROP COLUMN IF EXISTS headers, DROP COLUMN IF EXISTS failing_since,
                DROP COLUMN IF EXISTS failing_attempts, DROP COLUMN IF EXISTS is_full
            """,
        ])
}
