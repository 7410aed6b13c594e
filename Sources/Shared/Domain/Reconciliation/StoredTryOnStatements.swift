internal import Platform

/// Statements that read stored sessions.
package enum StoredTryOnStatements {
    static func sessions(_ count: Int) -> String {
        """
        SELECT id, organization_id, environment, api_key_id, customer_id, photo_id, cart_id, quality, status, metadata,
            request_id, traceparent
        FROM cart_tryon_sessions WHERE id IN (\(BatchSize.list(count))) ORDER BY id
        """
    }

    /// Items of stored sessions: those to render, and those that have already a picture or have failed.
    package static func items(_ count: Int) -> String {
        """
        SELECT id, session_id, position, sku, garment_id, garment_url, category, price_credits, status, result_path,
            renderer, error_code, error_message
        FROM cart_tryon_items WHERE session_id IN (\(BatchSize.list(count))) ORDER BY session_id, position
        """
    }
}
