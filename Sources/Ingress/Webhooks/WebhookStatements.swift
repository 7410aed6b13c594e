internal import Platform

/// Statements on webhooks.
enum WebhookStatements {
    private static let columns = """
        id, url, description, events, is_active, disabled_reason, max_concurrency, rate_per_second, is_ordered, headers,
        success_count, failure_count, previous_secret_until, created_at, updated_at,
        updated_at AS limits_changed_at
        """
    static let insert = """
        INSERT INTO webhooks (id, organization_id, environment, url, description, events, secret, max_concurrency,
            rate_per_second, is_ordered, headers, created_at, updated_at)
        VALUES (:id, :organization, :environment, :url, :description, :events, :secret, :max_concurrency, :rate,
            :is_ordered, :headers, :now, :now)
        """
    static let read = """
        SELECT \(columns) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
    static let list = """
        SELECT \(columns) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL AND id < :before
        ORDER BY id DESC LIMIT :limit
        """
    static let count = """
        SELECT COUNT(*) FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL
        """
    /// A null keeps the column; what an endpoint has failed before it is active again counts no more.
    static let change = """
        UPDATE webhooks SET url = COALESCE(:url, url), events = COALESCE(:events, events),
            description = COALESCE(:description, description), is_active = COALESCE(:is_active, is_active),
            disabled_reason = IF(COALESCE(:is_active, 0) = 1, NULL, disabled_reason),
            failing_since = IF(:begins_anew, NULL, failing_since),
            failing_attempts = IF(:begins_anew, 0, failing_attempts),
            max_concurrency = COALESCE(:max_concurrency, max_concurrency),
            rate_per_second = IF(:sets_rate, :rate, rate_per_second), is_ordered = COALESCE(:is_ordered, is_ordered),
            headers = IF(:sets_headers, :headers, headers), updated_at = GREATEST(:now, updated_at + INTERVAL 1000 MICROSECOND)
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
    /// Without a grace the old secret signs nothing any more.
    static let rotateSecret = """
        UPDATE webhooks SET previous_secret = IF(:until IS NULL, NULL, secret), previous_secret_until = :until,
            secret = :secret, updated_at = GREATEST(:now, updated_at + INTERVAL 1000 MICROSECOND)
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
    /// Without a lock, because deliveries are locked before webhooks; what is switched off meanwhile is skipped.
    static let isActive = """
        SELECT is_active FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
    static let recoverable = """
        SELECT id FROM webhook_deliveries
        WHERE webhook_id = :id AND status IN ('skipped', 'failed') AND created_at >= :since
        ORDER BY id LIMIT :limit FOR UPDATE
        """
    /// The reconciler enqueues what is due and not in Redis.
    static let recover = BatchText { count in
        """
        UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = NOW(3)
        WHERE id IN (\(BatchSize.list(count))) AND status IN ('skipped', 'failed')
        """
    }
    static let delete = """
        UPDATE webhooks SET is_active = 0, deleted_at = :now, updated_at = GREATEST(:now, updated_at + INTERVAL 1000 MICROSECOND)
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
}
