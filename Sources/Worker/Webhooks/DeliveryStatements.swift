internal import Platform

/// The statements of delivering events.
enum DeliveryStatements {
    static let load = BatchText { count in
        """
        SELECT d.id, d.organization_id, d.status, d.attempts, d.next_attempt_at, NOW(3) AS read_at, d.event_id,
            e.type, e.body, e.traceparent, d.created_at, d.webhook_id, w.environment, w.url, w.secret, w.headers,
            w.previous_secret, w.previous_secret_until, w.is_active, w.deleted_at, w.max_concurrency,
            w.rate_per_second, w.is_ordered, w.updated_at AS limits_changed_at,
            (SELECT p.id FROM webhook_deliveries p
             WHERE w.is_ordered = 1 AND p.webhook_id = d.webhook_id AND p.status = 'pending' ORDER BY p.id LIMIT 1)
            AS first_pending
        FROM webhook_deliveries d
        JOIN webhook_events e ON e.id = d.event_id JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.id IN (\(BatchSize.list(count)))
        """
    }

    static let insertAttempts = InsertStatement<DeliveryRecord>(
        into: "webhook_attempts",
        [
            ("delivery_id", { .text($0.delivery.id) }),
            ("attempt", { .integer(Int64($0.attempt)) }),
            ("address", { .optional($0.address) }),
            ("status_code", { .optional($0.statusCode.map { Int64($0) }) }),
            ("error", { .optional($0.error) }),
            ("response", { .bytes($0.response) }),
            ("duration_ms", { .integer($0.durationMs) }),
            ("started_at", { .time($0.startedAt) }),
        ])

    static let lockDue = BatchText { count in
        """
        SELECT id FROM webhook_deliveries
        WHERE id IN (\(BatchSize.list(count))) AND status = 'pending' AND next_attempt_at <= NOW(3)
        ORDER BY id FOR UPDATE
        """
    }
    static let take = BatchText { count in
        """
        UPDATE webhook_deliveries
        SET next_attempt_at = NOW(3) + INTERVAL \(Delivery.attemptMax.components.seconds) SECOND
        WHERE id IN (\(BatchSize.list(count)))
        """
    }

    /// Deliveries that have not ended; what another process has ended meanwhile stays unchanged.
    static let lockPending = BatchText { count in
        """
        SELECT id, attempts FROM webhook_deliveries
        WHERE id IN (\(BatchSize.list(count))) AND status = 'pending' ORDER BY id FOR UPDATE
        """
    }
    static let deliver = BatchText { count in
        """
        UPDATE webhook_deliveries SET status = 'delivered', attempts = ?, next_attempt_at = NULL, delivered_at = ?,
            last_status_code = ?, last_error = NULL
        WHERE id IN (\(BatchSize.list(count)))
        """
    }
    static let fail = """
        UPDATE webhook_deliveries SET status = :status, attempts = :attempts,
            next_attempt_at = NOW(3) + INTERVAL :wait_ms * 1000 MICROSECOND, last_status_code = :last_status_code,
            last_error = :last_error
        WHERE id = :id
        """
    static let endWithoutAttempt = BatchText { count in
        """
        UPDATE webhook_deliveries SET status = ?, next_attempt_at = NULL WHERE id IN (\(BatchSize.list(count)))
        """
    }
    /// An attempt that succeeded ends the time for which an endpoint has failed.
    static let countAttempts = """
        UPDATE webhooks SET success_count = success_count + :delivered, failure_count = failure_count + :failed,
            failing_since = IF(url <> :url, failing_since,
                IF(:delivered > 0, NULL, IF(:blamed > 0, COALESCE(failing_since, :now), failing_since))),
            failing_attempts = IF(url <> :url, failing_attempts, IF(:delivered > 0, 0, failing_attempts + :blamed))
        WHERE id = :id
        """
    static let disable = """
        UPDATE webhooks SET is_active = 0, disabled_reason = :reason, updated_at = GREATEST(:now, updated_at + INTERVAL 1000 MICROSECOND) 
        WHERE id = :id AND is_active = 1 AND url = :url
        """
    static let disableFailing = """
        UPDATE webhooks SET is_active = 0, disabled_reason = :reason, updated_at = GREATEST(:now, updated_at + INTERVAL 1000 MICROSECOND)
        WHERE id = :id AND is_active = 1 AND url = :url AND failing_since <= :since AND failing_attempts >= :attempts
        """
}
