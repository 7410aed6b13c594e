/// Statements that authenticate API keys.
enum APIKeyStatements {
    static let find = """
        SELECT k.id, k.organization_id, k.environment, k.scopes, k.rate_limit_per_minute, k.allowed_ips, k.is_active,
            k.expires_at, o.auth_version, o.plan
        FROM api_keys k JOIN organizations o ON o.id = k.organization_id
        WHERE k.key_hash = ? AND k.deleted_at IS NULL
        """
    static let touch = """
        UPDATE api_keys SET last_used_at = GREATEST(COALESCE(last_used_at, :time), :time) WHERE id = :id
        """
}
