internal import Shared

/// The statements of charging and completing sessions.
///
/// Each comes in the sizes of `StatementSize`.
enum SessionStatements {
    // MARK: Locks, in the order in which everybody takes them

    /// Whoever erases a customer waits until the sessions of this transaction are there to be found.
    static func lockPhotos(_ count: Int) -> String { "\(photos(count)) ORDER BY id LOCK IN SHARE MODE" }

    static func lockOrganizations(_ count: Int) -> String {
        """
        SELECT id, credits, credits_version, status, auth_version FROM organizations
        WHERE id IN (\(StatementSize.list(count))) ORDER BY id FOR UPDATE
        """
    }

    static func lockSessions(_ count: Int) -> String {
        """
        SELECT id, status, owner, cancel_requested FROM cart_tryon_sessions
        WHERE id IN (\(StatementSize.list(count))) ORDER BY id FOR UPDATE
        """
    }

    static func lockIdempotency(_ count: Int) -> String {
        """
        SELECT organization_id, environment, key_hash, session_id, expires_at FROM idempotency_keys
        WHERE \(exactKeys(count)) FOR UPDATE
        """
    }

    /// Equalities: a list of rows would be looked up by the organisation alone, and lock all of its keys.
    private static func exactKeys(_ count: Int) -> String {
        [String](repeating: "(organization_id = ? AND environment = ? AND key_hash = ?)", count: count)
            .joined(separator: " OR ")
    }

    // MARK: References

    static func photos(_ count: Int) -> String {
        "SELECT id, organization_id FROM photos WHERE id IN (\(StatementSize.list(count))) AND deleted_at IS NULL"
    }

    static func garments(_ count: Int) -> String {
        """
        SELECT id, organization_id, category FROM garments
        WHERE id IN (\(StatementSize.list(count))) AND deleted_at IS NULL
        """
    }

    // MARK: Charging

    static let sessionColumns = 20

    /// A row that waits is taken up; there is no other row, for the lock has been asked.
    static func insertSessions(_ count: Int) -> String {
        """
        INSERT INTO cart_tryon_sessions (id, organization_id, environment, api_key_id, customer_id, photo_id, cart_id,
            quality, status, owner, cost_credits, duplicate_of, error_code, error_message, metadata, request_id,
            traceparent, created_at, started_at, finished_at)
        VALUES \(StatementSize.rows(count, columns: sessionColumns))
        ON DUPLICATE KEY UPDATE status = VALUES(status), owner = VALUES(owner), cost_credits = VALUES(cost_credits),
            duplicate_of = VALUES(duplicate_of), error_code = VALUES(error_code),
            error_message = VALUES(error_message), started_at = VALUES(started_at), finished_at = VALUES(finished_at)
        """
    }

    static let itemColumns = 13

    static func insertItems(_ count: Int) -> String {
        """
        INSERT INTO cart_tryon_items (id, session_id, organization_id, position, sku, garment_id, garment_url, category,
            price_credits, status, error_code, error_message, finished_at)
        VALUES \(StatementSize.rows(count, columns: itemColumns))
        ON DUPLICATE KEY UPDATE status = VALUES(status), price_credits = VALUES(price_credits),
            error_code = VALUES(error_code), error_message = VALUES(error_message), finished_at = VALUES(finished_at)
        """
    }

    /// Another process that inserts the same session loses here: its transaction starts anew.
    static func insertLedger(_ count: Int) -> String {
        """
        INSERT INTO credit_ledger (organization_id, reference, kind, amount, session_id, item_id, created_at)
        VALUES \(StatementSize.rows(count, columns: 7))
        """
    }

    static func insertIdempotency(_ count: Int) -> String {
        """
        INSERT INTO idempotency_keys (organization_id, environment, key_hash, fingerprint, session_id, created_at,
            expires_at)
        VALUES \(StatementSize.rows(count, columns: 7))
        ON DUPLICATE KEY UPDATE fingerprint = VALUES(fingerprint), session_id = VALUES(session_id), answer = NULL,
            created_at = VALUES(created_at), expires_at = VALUES(expires_at)
        """
    }

    static func takeOver(_ count: Int) -> String {
        """
        UPDATE cart_tryon_sessions SET owner = CASE id \(cases(count)) END
        WHERE status = 'processing' AND id IN (\(StatementSize.list(count)))
        """
    }

    static func changeBalances(_ count: Int) -> String {
        """
        UPDATE organizations SET credits = credits + CASE id \(cases(count)) END,
            credits_version = credits_version + 1
        WHERE id IN (\(StatementSize.list(count)))
        """
    }

    private static func cases(_ count: Int) -> String {
        [String](repeating: "WHEN ? THEN ?", count: count).joined(separator: " ")
    }

    // MARK: Completing

    static func finishItems(_ count: Int) -> String {
        """
        INSERT INTO cart_tryon_items (id, session_id, organization_id, position, sku, category, price_credits, status,
            result_path, renderer, error_code, error_message, finished_at)
        VALUES \(StatementSize.rows(count, columns: 13))
        ON DUPLICATE KEY UPDATE status = VALUES(status), result_path = VALUES(result_path),
            renderer = VALUES(renderer), error_code = VALUES(error_code), error_message = VALUES(error_message),
            finished_at = VALUES(finished_at)
        """
    }

    static func finishSessions(_ count: Int) -> String {
        """
        UPDATE cart_tryon_sessions SET status = CASE id \(cases(count)) END, finished_at = ?
        WHERE status = 'processing' AND id IN (\(StatementSize.list(count)))
        """
    }

    /// Items of sessions that are taken over: what is to be rendered, and what has failed already.
    static func items(_ count: Int) -> String {
        """
        SELECT id, session_id, position, sku, garment_id, garment_url, category, price_credits, status, error_code,
            error_message
        FROM cart_tryon_items WHERE session_id IN (\(StatementSize.list(count))) ORDER BY session_id, position
        """
    }

    // MARK: Events

    static func endpoints(_ count: Int) -> String {
        """
        SELECT id, organization_id, environment, events FROM webhooks
        WHERE organization_id IN (\(StatementSize.list(count))) AND is_active = 1 AND deleted_at IS NULL
        """
    }

    static func insertEvents(_ count: Int) -> String {
        """
        INSERT INTO webhook_events (id, organization_id, environment, subject_id, type, body, request_id, traceparent,
            created_at)
        VALUES \(StatementSize.rows(count, columns: 9))
        """
    }

    static func insertDeliveries(_ count: Int) -> String {
        """
        INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, next_attempt_at, created_at)
        VALUES \(StatementSize.rows(count, columns: 6))
        """
    }

    /// Deliveries of sessions that ended before: a worker that died behind its commit has not enqueued them.
    static func pendingDeliveries(_ count: Int) -> String {
        """
        SELECT e.subject_id, d.id, d.webhook_id FROM webhook_events e JOIN webhook_deliveries d ON d.event_id = e.id
        WHERE e.subject_id IN (\(StatementSize.list(count))) AND d.status = 'pending'
        """
    }
}
