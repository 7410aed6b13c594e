internal import Domain

/// A claimed session with its job read.
struct ClaimedTryOn: Sendable {
    let claim: Claim
    let id: SessionID
    private(set) var job: TryOnJob
    /// The photo that admission has chosen.
    let photoID: PhotoID
    /// Fences writes: unique to this claim of the session.
    let owner: String

    /// The session without what tells of the customer, who is erased.
    var withoutCustomer: ClaimedTryOn {
        var session = self
        session.job.customerID = ""
        session.job.metadata = Array("{}".utf8)
        return session
    }
}
