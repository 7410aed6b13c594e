internal import Domain

/// What Redis is told of a claimed session after a commit: its progress, or its end.
struct SessionReport {
    let claim: Claim
    let organizationID: OrganizationID
    /// The balance that MariaDB has committed; nil if unchanged.
    let account: Account?
    let deliveries: [PendingDelivery]
}
