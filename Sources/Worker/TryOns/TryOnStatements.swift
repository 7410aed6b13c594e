internal import Domain
internal import Platform

/// The statements of charging and completing sessions, in the sizes of `BatchSize`.
enum TryOnStatements {
    // MARK: Locks, in the order in which every process takes them

    /// Makes an erasure of the customer wait until this transaction's sessions are committed and can be found.
    static let lockPhotos = BatchText { count in "\(photos(count)) ORDER BY id LOCK IN SHARE MODE" }

    static let lockOrganizations = BatchText { count in
        """
        SELECT \(AccountStatements.columns) FROM organizations
        WHERE id IN (\(BatchSize.list(count))) ORDER BY id FOR UPDATE
        """
    }

    static let lockSessions = BatchText { count in
        """
        SELECT id, status, owner, cancel_requested, started_at FROM cart_tryon_sessions
        WHERE id IN (\(BatchSize.list(count))) ORDER BY id FOR UPDATE
        """
    }

    static let lockIdempotencyKeys = BatchText { count in
        """
        SELECT organization_id, environment, key_hash, session_id, expires_at FROM idempotency_keys
        WHERE \(exactKeys(count)) FOR UPDATE
        """
    }

    /// Uses equalities: a list of rows would be looked up by the organisation alone, and lock all of its keys.
    private static func exactKeys(_ count: Int) -> String {
        [String](repeating: "(organization_id = ? AND environment = ? AND key_hash = ?)", count: count)
            .joined(separator: " OR ")
    }

    static let status = "SELECT status FROM cart_tryon_sessions WHERE id = ?"

    // MARK: References

    static let photos = BatchText { count in
        "SELECT id, organization_id FROM photos WHERE id IN (\(BatchSize.list(count))) AND deleted_at IS NULL"
    }

    /// Photos that were deleted one by one: their customers still exist.
    static let deletedPhotos = BatchText { count in
        """
        SELECT p.id FROM photos p JOIN external_customers c ON c.id = p.customer_id AND c.deleted_at IS NULL
        WHERE p.id IN (\(BatchSize.list(count))) AND p.deleted_at IS NOT NULL
        """
    }
    /// An erasure locks the customer before the photos: who holds photos does not wait for a customer.
    static let lockDeletedPhotos = BatchText { count in "\(deletedPhotos(count)) LOCK IN SHARE MODE NOWAIT" }

    static let garments = BatchText { count in
        """
        SELECT id, organization_id, category FROM garments
        WHERE id IN (\(BatchSize.list(count))) AND deleted_at IS NULL
        """
    }

    // MARK: Charging

    static let takeOver = CaseUpdate<ClaimedTryOn>(
        "cart_tryon_sessions", key: ("id", { .id($0.id) }), setting: ("owner", { .text($0.owner) }),
        where: "status = 'processing'")

    static let changeBalances = CaseUpdate<BalanceChange>(
        "organizations", key: ("id", { .id($0.organizationID) }), setting: ("credits", { .integer($0.amountCredits) }),
        isSum: true, more: "credits_version = credits_version + 1")

    // MARK: Completing

    /// For sessions with one status: a CASE would be evaluated for each row, and compare its id with those of all others.
    ///
    /// Without the hint MariaDB may read all that are processing, by the index that this statement changes.
    static let finishSessions = BatchText { count in
        """
        UPDATE cart_tryon_sessions FORCE INDEX (PRIMARY) SET status = ?, finished_at = ?
        WHERE id IN (\(BatchSize.list(count))) AND status = 'processing'
        """
    }

    /// For sessions with one owner, too.
    static let finishOwnedSessions = BatchText { count in "\(finishSessions(count)) AND owner = ?" }

    /// For items that end alike; the path is that of `ObjectPath.result`.
    static let finishItems = BatchText { count in
        """
        UPDATE cart_tryon_items SET status = ?, renderer = ?, error_code = ?, error_message = ?, finished_at = ?,
            result_path = IF(?, CONCAT('enterprise/org-', organization_id, '/results/', session_id, '/', id, '.jpg'), NULL)
        WHERE id IN (\(BatchSize.list(count)))
        """
    }

    // MARK: Events

    /// Pending deliveries of sessions that ended earlier: a worker that died after its commit has not enqueued them.
    static let pendingDeliveries = BatchText { count in
        """
        SELECT e.subject_id AS session_id, d.id AS delivery_id, d.webhook_id, w.max_concurrency, w.rate_per_second,
            w.is_ordered, w.updated_at AS limits_changed_at
        FROM webhook_events e JOIN webhook_deliveries d ON d.event_id = e.id JOIN webhooks w ON w.id = d.webhook_id
        WHERE e.subject_id IN (\(BatchSize.list(count))) AND d.status = 'pending'
        """
    }
}
