internal import Shared

/// Lets users in, by their tokens.
struct UserGate {
    let secret: [UInt8]

    /// The token of a request.
    func identify(_ context: RequestContext) throws(Problem) -> WebToken {
        guard let given = context.request.head.headers[.authorization], given.lowercased().hasPrefix("bearer ") else {
            throw Problem(.invalidToken, "send a token in Authorization: Bearer …")
        }
        do throws(WebToken.Failure) {
            return try WebToken(String(given.dropFirst("bearer ".count)), secret: secret, now: context.now)
        } catch {
            switch error {
            case .expired: throw Problem(.invalidToken, "the token has expired")
            case .malformed, .wrongSignature: throw Problem(.invalidToken, "the token is not one of this service")
            }
        }
    }

    func platformAdmin(_ context: RequestContext) throws(Problem) {
        guard try identify(context).role == .platformAdmin else {
            throw Problem(.forbidden, "this is for platform administrators")
        }
    }

    /// A user who may see, or also change, the organisation that the path names first.
    func member(_ context: RequestContext, mayChange: Bool) throws(Problem) -> OrganizationID {
        let token = try identify(context)
        let text = try context.parameter(0)
        guard let id = OrganizationID(text) else { throw .notFound("organisation") }
        switch token.role {
        case .platformAdmin: return id
        case .owner, .admin:
            guard token.organizationID == id else { throw .notFound("organisation") }
            return id
        case .developer, .viewer:
            guard token.organizationID == id else { throw .notFound("organisation") }
            if mayChange { throw Problem(.forbidden, "the role \(token.role.rawValue) may look and not change") }
            return id
        }
    }
}
