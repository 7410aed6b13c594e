internal import Platform

// The ids of all entities.

/// A tenant.
package struct OrganizationID: Identity {
    package static let prefix: StaticString = "org"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// An API key of a tenant.
package struct APIKeyID: Identity {
    package static let prefix: StaticString = "key"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// A customer of a tenant.
package struct CustomerID: Identity {
    package static let prefix: StaticString = "cus"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// A photograph of a customer.
package struct PhotoID: Identity {
    package static let prefix: StaticString = "pho"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// A picture of a garment.
package struct GarmentID: Identity {
    package static let prefix: StaticString = "gar"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// A cart try-on.
package struct SessionID: Identity {
    package static let prefix: StaticString = "cts"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// One garment of a cart try-on.
package struct ItemID: Identity {
    package static let prefix: StaticString = "itm"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// A webhook endpoint.
package struct WebhookID: Identity {
    package static let prefix: StaticString = "whk"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// An event.
package struct EventID: Identity {
    package static let prefix: StaticString = "evt"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}

/// The delivery of one event to one endpoint.
package struct DeliveryID: Identity {
    package static let prefix: StaticString = "dlv"
    package let value: UInt128
    package init(value: UInt128) { self.value = value }
}
