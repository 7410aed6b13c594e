/// An accepted cart try-on: all data of the request that a worker needs.
///
/// A class, because it is passed on at every step of a session and never changes. It is stored in Redis as JSON. The items' ids and the time of acceptance are derived from the session's id.
package final class TryOnJob: Sendable {
    /// How long a session's idempotency key refers to it.
    package static let idempotencyLifetime = Duration.seconds(24 * 60 * 60)

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

    package let organizationID: OrganizationID
    package let environment: TenantEnvironment
    package let keyID: APIKeyID
    /// The tenant's id of the customer.
    package let customerID: String
    package let cartID: String?
    package let quality: Quality
    package let items: [Item]
    /// A JSON object of strings.
    package let metadata: [UInt8]
    package let requestID: String
    package let traceparent: String?
    /// The idempotency key's hash, and the body's fingerprint, in hexadecimal digits.
    package let idempotencyHash: String?
    package let fingerprint: String?

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

    /// What stands in for a job that cannot be read: no items, and no customer.
    package convenience init(unreadableOf organizationID: OrganizationID) {
        self.init(
            organizationID: organizationID, environment: .live, keyID: APIKeyID(value: 0), customerID: "", cartID: nil,
            quality: .sd, items: [], metadata: Array("{}".utf8), requestID: "", traceparent: nil, idempotencyHash: nil,
            fingerprint: nil)
    }

    /// The same job without personal data, for a customer who was erased.
    package var withoutCustomer: TryOnJob {
        TryOnJob(
            organizationID: organizationID, environment: environment, keyID: keyID, customerID: "", cartID: cartID,
            quality: quality, items: items, metadata: Array("{}".utf8), requestID: requestID,
            traceparent: traceparent, idempotencyHash: idempotencyHash, fingerprint: fingerprint)
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
