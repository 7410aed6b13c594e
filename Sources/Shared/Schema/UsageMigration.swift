extension Migration {
    /// The requests of API keys: totals per day, and single requests.
    static let usage = Migration(
        number: 5, name: "usage",
        up: [
            """
            CREATE TABLE IF NOT EXISTS api_usage_logs (
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                api_key_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                day DATE NOT NULL,
                route VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                requests BIGINT NOT NULL DEFAULT 0,
                refusals BIGINT NOT NULL DEFAULT 0,
                credits BIGINT NOT NULL DEFAULT 0,
                PRIMARY KEY (organization_id, environment, api_key_id, day, route)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS api_request_logs (
                id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                api_key_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                method VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                route VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                status_code SMALLINT NOT NULL,
                duration_us INT NOT NULL,
                created_at DATETIME(3) NOT NULL,
                KEY api_request_logs_list (organization_id, environment, id),
                KEY api_request_logs_request (request_id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: ["DROP TABLE IF EXISTS api_request_logs", "DROP TABLE IF EXISTS api_usage_logs"])
}
