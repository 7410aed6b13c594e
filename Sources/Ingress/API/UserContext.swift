internal import Domain
internal import Platform

/// A request with its user, who may do what the endpoint does.
struct UserContext {
    let request: RequestContext
    let user: JWT

    var now: Timestamp { request.now }

    /// The organisation that the path names first.
    func organizationID() throws(Problem) -> OrganizationID { try request.id(0, "organisation") }
}
