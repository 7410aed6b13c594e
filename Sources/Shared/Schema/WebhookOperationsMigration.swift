extension Migration {
    /// Deliveries that are kept for later, and the names by which operators look deliveries up.
    static let webhookOperations = Migration(
        number: 8, name: "webhook operations",
        up: [
            """
            ALTER TABLE webhook_deliveries
                MODIFY COLUMN status ENUM('pending', 'delivered', 'failed', 'canceled', 'skipped')
                    NOT NULL DEFAULT 'pending',
                ADD INDEX IF NOT EXISTS webhook_deliveries_delivered (webhook_id, delivered_at)
            """,
            """
            ALTER TABLE webhooks
                ADD COLUMN IF NOT EXISTS business_profile_id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin
                    AS (organization_id) VIRTUAL
            """,
        ],
        down: [
            "ALTER TABLE webhooks DROP COLUMN IF EXISTS business_profile_id",
            "UPDATE webhook_deliveries SET status = 'canceled' WHERE status = 'skipped'",
            """
            ALTER TABLE webhook_deliveries
                DROP INDEX IF EXISTS webhook_deliveries_delivered,
                MODIFY COLUMN status ENUM('pending', 'delivered', 'failed', 'canceled') NOT NULL DEFAULT 'pending'
            """,
        ])
}
