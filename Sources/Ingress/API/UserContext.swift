internal import Domain
internal import Platform

/// A request with an authorized user.
struct UserContext {
    let request: RequestContext
    let user: JWT

    var now: Timestamp { request.now }

    /// The organisation that is the path's first placeholder.
    func organizationID() throws(Problem) -> OrganizationID { try request.id(0, "organisation") }
}
