internal import Platform

/// Statements on events and their deliveries.
enum EventStatements {
    static let subscribers = BatchText { count in
        """
        SELECT id, organization_id, environment, events, is_active, is_full, max_concurrency, rate_per_second, is_ordered,
            updated_at AS limits_changed_at
        FROM webhooks WHERE organization_id IN (\(BatchSize.list(count))) AND deleted_at IS NULL
        """
    }
}
