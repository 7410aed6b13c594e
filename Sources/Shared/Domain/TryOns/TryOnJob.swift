/// A cart try-on as it was accepted: all that a worker needs, in the words of the request.
///
/// It travels through Redis as JSON. Item identities and the time of acceptance follow from the session's identity.
package struct TryOnJob: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var sku: String
        package var garmentID: GarmentID?
        package var garmentURL: String?
        /// Nil: the garment's own.
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
    /// The tenant's own name for the customer.
    package var customerID: String
    package var cartID: String?
    package var quality: Quality
    package var items: [Item]
    /// A JSON object of strings.
    package var metadata: [UInt8]
    package var requestID: String
    package var traceparent: String?
    /// Hexadecimal digits of the idempotency key's hash and of the body's fingerprint.
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

    /// What a whole session costs, and its weight in the queue; test keys cost nothing.
    package var weight: Int { items.count * quality.itemCredits }
    package var itemCredits: Int { environment == .live ? quality.itemCredits : 0 }
    package var costCredits: Int { items.count * itemCredits }

    /// The identity of the item at a position: the session's, with its lowest bits replaced.
    package static func itemID(_ session: SessionID, _ position: Int) -> ItemID {
        precondition((0..<16).contains(position), "a position out of bounds")
        return ItemID(value: session.value & ~0xf | UInt128(position))
    }
}
