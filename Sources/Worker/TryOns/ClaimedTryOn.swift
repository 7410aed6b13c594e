internal import Domain

/// A claimed session with its parsed job.
struct ClaimedTryOn: Sendable {
    let claim: Claim
    let id: SessionID
    let job: TryOnJob
    /// The photo that was chosen at admission.
    let photoID: PhotoID
    /// The fencing token of writes: unique to this claim of the session.
    let owner: String
    /// Its attempts are used up: it ends as failed.
    let isBuried: Bool

    /// The session without personal data, for a customer who was erased.
    var withoutCustomer: ClaimedTryOn {
        ClaimedTryOn(claim: claim, id: id, job: job.withoutCustomer, photoID: photoID, owner: owner, isBuried: isBuried)
    }
}
