extension Migration {
    /// Settings, organisations, users, memberships and API keys.
    static let tenants = Migration(
        number: 1, name: "tenants",
        up: [
            """
            CREATE TABLE IF NOT EXISTS drape_settings (
                name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                value VARCHAR(255) NOT NULL
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            "INSERT INTO drape_settings (name, value) VALUES ('shardCount', '16') ON DUPLICATE KEY UPDATE value = value",
            """
            CREATE TABLE IF NOT EXISTS organizations (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                name VARCHAR(200) NOT NULL,
                billing_email VARCHAR(254) NOT NULL,
                plan ENUM('free', 'starter', 'growth', 'enterprise') NOT NULL DEFAULT 'free',
                status ENUM('active', 'suspended') NOT NULL DEFAULT 'active',
                credits BIGINT NOT NULL DEFAULT 0,
                credits_version BIGINT NOT NULL DEFAULT 1,
                auth_version BIGINT NOT NULL DEFAULT 1,
                created_at DATETIME(3) NOT NULL,
                updated_at DATETIME(3) NOT NULL,
                CONSTRAINT organizations_credits CHECK (credits BETWEEN 0 AND 10000000000000)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS users (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                email VARCHAR(254) NOT NULL,
                name VARCHAR(200) NOT NULL DEFAULT '',
                password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                is_platform_admin TINYINT NOT NULL DEFAULT 0,
                is_active TINYINT NOT NULL DEFAULT 1,
                last_login_at DATETIME(3) NULL,
                created_at DATETIME(3) NOT NULL,
                UNIQUE KEY users_email (email)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS memberships (
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                user_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                role ENUM('owner', 'admin', 'developer', 'viewer') NOT NULL,
                created_at DATETIME(3) NOT NULL,
                PRIMARY KEY (organization_id, user_id),
                KEY memberships_user (user_id),
                CONSTRAINT memberships_organization FOREIGN KEY (organization_id) REFERENCES organizations (id),
                CONSTRAINT memberships_user FOREIGN KEY (user_id) REFERENCES users (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS api_keys (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                key_prefix CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                key_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                name VARCHAR(100) NOT NULL,
                scopes VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                rate_limit_per_minute INT NULL,
                allowed_ips VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
                is_active TINYINT NOT NULL DEFAULT 1,
                last_used_at DATETIME(3) NULL,
                expires_at DATETIME(3) NULL,
                created_at DATETIME(3) NOT NULL,
                deleted_at DATETIME(3) NULL,
                UNIQUE KEY api_keys_hash (key_hash),
                KEY api_keys_organization (organization_id, id),
                CONSTRAINT api_keys_organization FOREIGN KEY (organization_id) REFERENCES organizations (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: [
            "DROP TABLE IF EXISTS api_keys", "DROP TABLE IF EXISTS memberships", "DROP TABLE IF EXISTS users",
            "DROP TABLE IF EXISTS organizations", "DROP TABLE IF EXISTS drape_settings",
        ])
}
