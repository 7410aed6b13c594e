internal import Domain

/// Authenticates users by their tokens, and checks what their role allows.
struct UserAuthenticator {
    /// What a role may do in an organisation.
    enum Permission {
        case view, change
    }

    let secret: [UInt8]

    /// The token of a request.
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

    /// Checks that the user may do this in an organisation.
    ///
    /// An organisation of others is answered as if it were not there.
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
