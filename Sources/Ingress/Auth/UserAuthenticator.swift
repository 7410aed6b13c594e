internal import Domain

/// Authenticates users by their tokens, and authorizes them by their roles.
struct UserAuthenticator {
    /// A permission in an organisation.
    enum Permission {
        case view, change
    }

    let secret: [UInt8]

    /// Reads and verifies the token of a request.
    func identify(_ request: AuthenticationRequest) throws(Problem) -> JWT {
        guard let given = request.bearer else {
            throw Problem(.invalidToken, "send a token in Authorization: Bearer …")
        }
        do throws(JWT.Failure) {
            return try JWT(given, secret: secret, now: request.now)
        } catch {
            switch error {
            case .expired: throw Problem(.invalidToken, "the token has expired")
            case .malformed, .wrongSignature: throw Problem(.invalidToken, "the token was not issued by this service")
            }
        }
    }

    func checkPlatformAdmin(_ token: JWT) throws(Problem) {
        guard token.role == .platformAdmin else {
            throw Problem(.forbidden, "this is for platform administrators")
        }
    }

    /// Checks that the user has a permission in an organisation.
    /// - Throws: `not_found` if the user does not belong to the organisation, so that its existence stays hidden;
    ///   `forbidden` if the role lacks the permission.
    func check(_ token: JWT, _ permission: Permission, in organization: OrganizationID) throws(Problem) {
        if token.role == .platformAdmin { return }
        guard token.organizationID == organization else { throw .notFound("organisation") }
        switch (token.role, permission) {
        case (.platformAdmin, _), (.owner, _), (.admin, _), (_, .view): return
        case (.developer, .change), (.viewer, .change):
            throw Problem(.forbidden, "the role \(token.role.rawValue) may view, but not change")
        }
    }
}
