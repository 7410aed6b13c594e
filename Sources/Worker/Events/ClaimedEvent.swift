internal import Domain
internal import Platform

/// An event of a client, claimed from its queue.
struct ClaimedEvent: Sendable {
    let claim: Claim
    let id: EventID
    let organizationID: OrganizationID
    let event: ClientEvent

    /// What has one event of its type: what the client's idempotency key names, or the event itself.
    var subjectID: String { event.subjectID.isEmpty ? id.description : event.subjectID }
}
