internal import Platform

/// The statements of writing clients' events.
enum ClientEventStatements {
    static let stored = BatchText { count in
        "SELECT id FROM webhook_events WHERE id IN (\(BatchSize.list(count)))"
    }
    static let subjects = BatchText { count in
        "SELECT subject_id, type, created_at FROM webhook_events WHERE subject_id IN (\(BatchSize.list(count)))"
    }
    static let pendingDeliveries = BatchText { count in
        """
        SELECT d.event_id, d.id AS delivery_id, d.webhook_id, w.max_concurrency, w.rate_per_second, w.is_ordered, w.updated_at AS limits_changed_at
        FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
        WHERE d.event_id IN (\(BatchSize.list(count))) AND d.status = 'pending'
        """
    }
}
