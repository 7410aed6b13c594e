/// Statements on API keys.
enum APIKeyStatements {
    static let find = """
        SELECT k.id, k.organization_id, k.environment, k.scopes, k.rate_limit_per_minute, k.allowed_ips, k.is_active,
            k.expires_at, o.auth_version, o.plan
        FROM api_keys k JOIN organizations o ON o.id = k.organization_id
        WHERE k.key_hash = ? AND k.deleted_at IS NULL
        """
    static let touch = "UPDATE api_keys SET last_used_at = GREATEST(COALESCE(last_used_at, ?), ?) WHERE id = ?"
    static let insert = """
        INSERT INTO api_keys (id, organization_id, environment, key_prefix, key_hash, name, scopes,
            rate_limit_per_minute, allowed_ips, expires_at, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let columns = """
        id, environment, key_prefix, name, scopes, rate_limit_per_minute, allowed_ips, is_active, last_used_at,
        expires_at, created_at
        """
    static let list = """
        SELECT \(columns) FROM api_keys WHERE organization_id = ? AND deleted_at IS NULL AND id < ?
        ORDER BY id DESC LIMIT ?
        """
    static let read = "SELECT \(columns) FROM api_keys WHERE organization_id = ? AND id = ? AND deleted_at IS NULL"
    static let update = """
        UPDATE api_keys SET name = ?, scopes = ?, rate_limit_per_minute = ?, allowed_ips = ?, is_active = ?,
            expires_at = ? WHERE organization_id = ? AND id = ?
        """
    static let delete = """
        UPDATE api_keys SET is_active = 0, deleted_at = ? WHERE organization_id = ? AND id = ? AND deleted_at IS NULL
        """
    static let isDeleted = """
        SELECT 1 FROM api_keys WHERE organization_id = ? AND id = ? AND deleted_at IS NOT NULL
        """
    static let raiseAuthVersion = "UPDATE organizations SET auth_version = auth_version + 1 WHERE id = ?"
}
