internal import Domain

/// A claimed session that has ended in MariaDB.
struct EndedTryOn {
    let claim: Claim
    let organizationID: OrganizationID
    /// The balance that MariaDB has committed; nil if unchanged.
    let account: Account?
    let deliveries: [PendingDelivery]
}
