/// Statements on idempotency keys.
enum IdempotencyStatements {
    static let dropExpired = """
        DELETE FROM idempotency_keys
        WHERE organization_id = :organization AND environment = :environment AND key_hash = :hash AND expires_at <= :now
        """
    static let insert = """
        INSERT INTO idempotency_keys (organization_id, environment, key_hash, fingerprint, created_at, expires_at)
        VALUES (:organization, :environment, :hash, :fingerprint, :now, :expires_at)
        """
    static let read = """
        SELECT fingerprint, answer FROM idempotency_keys
        WHERE organization_id = :organization AND environment = :environment AND key_hash = :hash FOR UPDATE
        """
    static let answer = """
        UPDATE idempotency_keys SET answer = :answer, subject_id = :subject
        WHERE organization_id = :organization AND environment = :environment AND key_hash = :hash
        """
    /// Deletes the stored answers about an erased customer.
    static let forget = """
        UPDATE idempotency_keys SET answer = NULL WHERE organization_id = :organization AND subject_id = :subject
        """
}
