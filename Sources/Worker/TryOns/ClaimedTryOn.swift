internal import Domain

/// A claimed session with its parsed job.
///
/// A class, because it is passed on at every step of a session and never changes.
final class ClaimedTryOn: Sendable {
    let claim: Claim
    let id: SessionID
    let job: TryOnJob
    /// The photo that was chosen at admission.
    let photoID: PhotoID
    /// The fencing token of writes (`ClaimOwners`): no other claim of this session has it.
    let owner: String
    /// Whether its owner wants no more of it.
    let isCancelRequested: Bool
    /// Why it ends without being rendered; nil if it is to be rendered.
    let forcedEnd: ForcedEnd?

    init(
        claim: Claim, id: SessionID, job: TryOnJob, photoID: PhotoID, owner: String, isCancelRequested: Bool,
        forcedEnd: ForcedEnd?
    ) {
        self.claim = claim
        self.id = id
        self.job = job
        self.photoID = photoID
        self.owner = owner
        self.isCancelRequested = isCancelRequested
        self.forcedEnd = forcedEnd
    }

    /// The session without personal data, for a customer who was erased.
    var withoutCustomer: ClaimedTryOn { with(job.withoutCustomer, photoID, forcedEnd) }

    /// The session after its owner has canceled it.
    var canceled: ClaimedTryOn { with(job, photoID, forcedEnd, isCancelRequested: true) }

    /// The session with all that is known if its job cannot be read: its id and its organisation.
    func unreadable(_ organizationID: OrganizationID) -> ClaimedTryOn {
        with(TryOnJob(unreadableOf: organizationID), PhotoID(value: 0), .unreadable)
    }

    private func with(
        _ job: TryOnJob, _ photoID: PhotoID, _ forcedEnd: ForcedEnd?, isCancelRequested: Bool? = nil
    ) -> ClaimedTryOn {
        ClaimedTryOn(
            claim: claim, id: id, job: job, photoID: photoID, owner: owner,
            isCancelRequested: isCancelRequested ?? self.isCancelRequested, forcedEnd: forcedEnd)
    }
}
