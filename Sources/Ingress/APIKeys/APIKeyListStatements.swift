/// Statements that create, list and change API keys.
enum APIKeyListStatements {
    private static let columns = """
        id, environment, key_prefix, name, scopes, rate_limit_per_minute, allowed_ips, is_active, last_used_at,
        expires_at, created_at
        """
    static let insert = """
        INSERT INTO api_keys (id, organization_id, environment, key_prefix, key_hash, name, scopes,
            rate_limit_per_minute, allowed_ips, expires_at, created_at)
        VALUES (:id, :organization, :environment, :prefix, :hash, :name, :scopes, :requests_per_minute,
            :allowed_addresses, :expires_at, :now)
        """
    static let list = """
        SELECT \(columns) FROM api_keys WHERE organization_id = :organization AND deleted_at IS NULL AND id < :before
        ORDER BY id DESC LIMIT :limit
        """
    static let read = """
        SELECT \(columns) FROM api_keys WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL
        """
    static let update = """
        UPDATE api_keys SET name = :name, scopes = :scopes, rate_limit_per_minute = :requests_per_minute,
            allowed_ips = :allowed_addresses, is_active = :is_active, expires_at = :expires_at
        WHERE organization_id = :organization AND id = :id
        """
    static let delete = """
        UPDATE api_keys SET is_active = 0, deleted_at = :now
        WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL
        """
    static let isDeleted = """
        SELECT 1 FROM api_keys WHERE organization_id = :organization AND id = :id AND deleted_at IS NOT NULL
        """
    static let raiseAuthVersion = "UPDATE organizations SET auth_version = auth_version + 1 WHERE id = ?"
}
