extension Migration {
    /// Customers, their photographs, and garments.
    static let catalogue = Migration(
        number: 2, name: "catalogue",
        up: [
            """
            CREATE TABLE IF NOT EXISTS external_customers (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                external_id VARCHAR(128) NULL,
                email VARCHAR(254) NULL,
                phone VARCHAR(40) NULL,
                name VARCHAR(200) NULL,
                metadata TEXT NOT NULL DEFAULT '{}',
                created_at DATETIME(3) NOT NULL,
                updated_at DATETIME(3) NOT NULL,
                deleted_at DATETIME(3) NULL,
                UNIQUE KEY external_customers_external (organization_id, environment, external_id),
                KEY external_customers_list (organization_id, environment, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS photos (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                customer_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                object_path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                media_type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                width INT NOT NULL,
                height INT NOT NULL,
                bytes INT NOT NULL,
                sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                created_at DATETIME(3) NOT NULL,
                deleted_at DATETIME(3) NULL,
                KEY photos_customer (customer_id, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
            """
            CREATE TABLE IF NOT EXISTS garments (
                id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                organization_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                environment ENUM('live', 'test') NOT NULL,
                category VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
                object_path VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                media_type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                width INT NOT NULL,
                height INT NOT NULL,
                bytes INT NOT NULL,
                sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                created_at DATETIME(3) NOT NULL,
                deleted_at DATETIME(3) NULL,
                KEY garments_list (organization_id, environment, id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """,
        ],
        down: [
            "DROP TABLE IF EXISTS garments", "DROP TABLE IF EXISTS photos", "DROP TABLE IF EXISTS external_customers",
        ])
}
