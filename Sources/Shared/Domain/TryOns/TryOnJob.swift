/// An accepted cart try-on: all data of the request that a worker needs.
///
/// It is stored in Redis as JSON. The items' ids and the time of acceptance are derived from the session's id.
package struct TryOnJob: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var sku: String
        package var garmentID: GarmentID?
        package var garmentURL: String?
        /// Nil: the category that is stored with the garment.
        package var category: GarmentCategory?

        package init(sku: String, garmentID: GarmentID?, garmentURL: String?, category: GarmentCategory?) {
            self.sku = sku
            self.garmentID = garmentID
            self.garmentURL = garmentURL
            self.category = category
        }
    }

    package var organizationID: OrganizationID
    package var environment: TenantEnvironment
    package var keyID: APIKeyID
    /// The tenant's id of the customer.
    package var customerID: String
    package var cartID: String?
    package var quality: Quality
    package var items: [Item]
    /// A JSON object of strings.
    package var metadata: [UInt8]
    package var requestID: String
    package var traceparent: String?
    /// The idempotency key's hash, and the body's fingerprint, in hexadecimal digits.
    package var idempotencyHash: String?
    package var fingerprint: String?

    package init(
        organizationID: OrganizationID, environment: TenantEnvironment, keyID: APIKeyID, customerID: String,
        cartID: String?, quality: Quality, items: [Item], metadata: [UInt8], requestID: String, traceparent: String?,
        idempotencyHash: String?, fingerprint: String?
    ) {
        self.organizationID = organizationID
        self.environment = environment
        self.keyID = keyID
        self.customerID = customerID
        self.cartID = cartID
        self.quality = quality
        self.items = items
        self.metadata = metadata
        self.requestID = requestID
        self.traceparent = traceparent
        self.idempotencyHash = idempotencyHash
        self.fingerprint = fingerprint
    }

    /// The session's weight in the queue; sessions of test keys have a weight, but cost nothing.
    package var weight: Int { items.count * quality.itemCredits }
    package var itemCredits: Int { environment == .live ? quality.itemCredits : 0 }
    package var costCredits: Int { items.count * itemCredits }

    /// The id of the item at a position: the session's, with the lowest four bits replaced.
    package static func itemID(_ session: SessionID, _ position: Int) -> ItemID {
        precondition((0..<16).contains(position), "a position out of bounds")
        return ItemID(value: session.value & ~0xf | UInt128(position))
    }
}
