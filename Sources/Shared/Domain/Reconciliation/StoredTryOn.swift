package import Platform

/// The job of a session, read back from its rows in MariaDB.
///
/// Its idempotency key is left out: the key's row exists already, and names the session.
package struct StoredTryOn: Sendable {
    package let id: SessionID
    package let status: SessionStatus
    package let job: TryOnJob
    package let photoID: PhotoID

    /// Reads sessions; those that have no row, or no item, are left out.
    package static func read(_ ids: [SessionID], _ connection: MySQLConnection) throws(MySQLError) -> [StoredTryOn] {
        var found: [StoredTryOn] = []
        for some in BatchSize.paddedPieces(ids) {
            let values = some.map { MySQLValue.id($0) }
            var items: [SessionID: [TryOnJob.Item]] = [:]
            for row in try connection.query(StoredTryOnStatements.items(some.count), values) {
                items[row.id("session_id"), default: []].append(TryOnJob.Item(row))
            }
            for row in try connection.query(StoredTryOnStatements.sessions(some.count), values) {
                if let items = items[row.id("id")] { found.append(StoredTryOn(row, items)) }
            }
        }
        return found
    }

    private init(_ row: MySQLRow, _ items: [TryOnJob.Item]) {
        id = row.id("id")
        status = SessionStatus(rawValue: row.text("status")) ?? .failed
        photoID = row.id("photo_id")
        job = TryOnJob(
            organizationID: row.id("organization_id"),
            environment: TenantEnvironment(rawValue: row.text("environment")) ?? .test, keyID: row.id("api_key_id"),
            customerID: row.text("customer_id"), cartID: row.optionalText("cart_id"),
            quality: Quality(rawValue: row.text("quality")) ?? .sd, items: items, metadata: row.bytes("metadata"),
            requestID: row.text("request_id"), traceparent: row.optionalText("traceparent"), idempotencyHash: nil,
            fingerprint: nil)
    }
}

extension TryOnJob.Item {
    /// Reads a row of `StoredTryOnStatements.items`.
    init(_ row: MySQLRow) {
        self.init(
            sku: row.text("sku"), garmentID: row.optionalID("garment_id"), garmentURL: row.optionalText("garment_url"),
            category: GarmentCategory(rawValue: row.text("category")))
    }
}
