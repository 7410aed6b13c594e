/// The statements of a refund by an operator.
enum OperatorRefundStatements {
    /// The session with this id, or of the item with this id.
    static let session = """
        SELECT id, organization_id, environment, status FROM cart_tryon_sessions
        WHERE id = :id OR id = (SELECT session_id FROM cart_tryon_items WHERE id = :id)
        """
    static let lock = "SELECT status FROM cart_tryon_sessions WHERE id = ? FOR UPDATE"
    /// The completed items that were paid and not refunded: all of the session, or the one that is named.
    static let items = """
        SELECT i.id, i.price_credits FROM cart_tryon_items i
        LEFT JOIN credit_ledger l
            ON l.organization_id = i.organization_id AND l.reference = CONCAT('refund', CHAR(58), i.id)
        WHERE i.session_id = :session AND i.status = 'completed' AND i.price_credits > 0 AND l.id IS NULL
            AND (i.session_id = :id OR i.id = :id)
        ORDER BY i.position
        """
    static let raiseBalance = """
        UPDATE organizations SET credits = credits + :amount, credits_version = credits_version + 1 WHERE id = :id
        """
    static let insertEvent = """
        INSERT INTO webhook_events (id, organization_id, environment, subject_id, type, body, created_at)
        VALUES (:id, :organization, :environment, :subject, 'credits.refunded', :body, :now)
        """
    static let endpoints = """
        SELECT id, events FROM webhooks
        WHERE organization_id = :organization AND environment = :environment AND is_active = 1 AND deleted_at IS NULL
        """
    static let insertDelivery = """
        INSERT INTO webhook_deliveries (id, organization_id, event_id, webhook_id, next_attempt_at, created_at)
        VALUES (:id, :organization, :event, :webhook, LEAST(:now, NOW(3)), :now)
        """
}
