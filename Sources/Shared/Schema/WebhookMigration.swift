extension Migration {
    /// Webhook endpoints, events, deliveries and attempts.
    static let webhooks = Migration(
        number: 4, name: "webhooks",
        up: [
            """
            CREATE TABLE IF NOT EXISTS webhooks (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                url VARCHAR(2000) NOT NULL,
                description VARCHAR(500) NOT NULL DEFAULT '',
                events VARCHAR(1000) NOT NULL,
                secret VARBINARY(255) NOT NULL,
                previous_secret VARBINARY(255) NULL,
                previous_secret_until DATETIME(3) NULL,
                is_active TINYINT NOT NULL DEFAULT 1,
                disabled_reason VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
                success_count BIGINT NOT NULL DEFAULT 0,
                failure_count BIGINT NOT NULL DEFAULT 0,
                created_at DATETIME(3) NOT NULL,
                updated_at DATETIME(3) NOT NULL,
                deleted_at DATETIME(3) NULL,
                KEY webhooks_list (organization_id, environment, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS webhook_events (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                subject_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                type VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                body MEDIUMBLOB NOT NULL,
                request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
                traceparent VARCHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL,
                created_at DATETIME(3) NOT NULL,
                UNIQUE KEY webhook_events_subject (subject_id, type),
                KEY webhook_events_list (organization_id, environment, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS webhook_deliveries (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                event_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                webhook_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                status ENUM('pending', 'delivered', 'failed', 'canceled') NOT NULL DEFAULT 'pending',
                attempts INT NOT NULL DEFAULT 0,
                next_attempt_at DATETIME(3) NULL,
                delivered_at DATETIME(3) NULL,
                last_status_code INT NULL,
                last_error VARCHAR(255) NULL,
                created_at DATETIME(3) NOT NULL,
                UNIQUE KEY webhook_deliveries_event (event_id, webhook_id),
                KEY webhook_deliveries_list (webhook_id, id),
                KEY webhook_deliveries_due (status, next_attempt_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS webhook_attempts (
                id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                delivery_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                attempt INT NOT NULL,
                address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
                status_code INT NULL,
                error VARCHAR(255) NULL,
                response VARBINARY(1024) NULL,
                duration_ms INT NOT NULL,
                started_at DATETIME(3) NOT NULL,
                KEY webhook_attempts_delivery (delivery_id, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: [
            "DROP TABLE IF EXISTS webhook_attempts", "DROP TABLE IF EXISTS webhook_deliveries",
            "DROP TABLE IF EXISTS webhook_events", "DROP TABLE IF EXISTS webhooks",
        ])
}
