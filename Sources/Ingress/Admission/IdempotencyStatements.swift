/// Statements on idempotency keys.
enum IdempotencyStatements {
    static let dropExpired = """
        DELETE FROM idempotency_keys
        WHERE organization_id = ? AND environment = ? AND key_hash = ? AND expires_at <= ?
        """
    static let insert = """
        INSERT INTO idempotency_keys (organization_id, environment, key_hash, fingerprint, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """
    static let read = """
        SELECT fingerprint, answer FROM idempotency_keys
        WHERE organization_id = ? AND environment = ? AND key_hash = ? FOR UPDATE
        """
    static let answer = """
        UPDATE idempotency_keys SET answer = ?, subject_id = ?
        WHERE organization_id = ? AND environment = ? AND key_hash = ?
        """
    /// The answers that tell of somebody who is erased.
    static let forget = "UPDATE idempotency_keys SET answer = NULL WHERE organization_id = ? AND subject_id = ?"
}
