internal import Domain

/// What Redis is told of a session's progress.
struct ProgressReport {
    let claim: Claim
    let organizationID: OrganizationID
    /// The balance that MariaDB has committed; nil if unchanged.
    let account: Account?
    let deliveries: [PendingDelivery]
}
