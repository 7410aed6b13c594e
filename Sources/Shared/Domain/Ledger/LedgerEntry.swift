package import Platform

/// One change of an organisation's balance.
package struct LedgerEntry: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case grant, charge, refund
    }

    package let organizationID: OrganizationID
    /// Unique in the organisation: `grant:<client reference>`, `charge:<session>`, `refund:<item>`.
    package let reference: String
    package let kind: Kind
    /// Negative for a charge.
    package let amountCredits: Int64
    package let sessionID: SessionID?
    package let itemID: ItemID?
    package let createdAt: Timestamp

    package init(
        organizationID: OrganizationID, reference: String, kind: Kind, amountCredits: Int64,
        sessionID: SessionID? = nil, itemID: ItemID? = nil, createdAt: Timestamp
    ) {
        self.organizationID = organizationID
        self.reference = reference
        self.kind = kind
        self.amountCredits = amountCredits
        self.sessionID = sessionID
        self.itemID = itemID
        self.createdAt = createdAt
    }
}
