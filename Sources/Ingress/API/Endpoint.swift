internal import Domain
internal import Platform

/// One endpoint of the API: who may call it, what goes in, what comes out, its limits, and what handles it.
///
/// The responder resolves the access before the handler runs, and gives the handler a context of the access's type.
final class Endpoint {
    typealias OpenHandler = (RequestContext) async throws(Problem) -> HTTPResponse
    typealias KeyHandler = (KeyContext) async throws(Problem) -> HTTPResponse
    typealias UserHandler = (UserContext) async throws(Problem) -> HTTPResponse

    /// An access with the handler of its type.
    enum Action {
        case open(OpenHandler)
        case key(KeyAccess, KeyHandler)
        case user(UserAccess, UserHandler)
    }

    let method: HTTPMethod
    /// With placeholders: `/api/v1/customers/{externalId}`.
    ///
    /// It names no customer, so it may be logged.
    let path: String
    let summary: String
    let request: RequestSchema
    let responses: [ResponseSchema]
    /// The problems that this endpoint has beside those of its access and its body.
    let problems: [ProblemCode]
    let limits: EndpointLimits
    let action: Action

    private init(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ request: RequestSchema,
        _ responses: [ResponseSchema], _ problems: [ProblemCode], _ limits: EndpointLimits?, _ action: Action
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.request = request
        self.responses = responses
        self.problems = problems
        self.limits = limits ?? request.body.limits
        self.action = action
    }

    /// An endpoint for anyone.
    convenience init(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: OpenAccess, request: RequestSchema = .none,
        responses: [ResponseSchema], problems: [ProblemCode] = [], limits: EndpointLimits? = nil,
        handler: @escaping OpenHandler
    ) {
        self.init(method, path, summary, request, responses, problems, limits, .open(handler))
    }

    /// An endpoint for API keys.
    convenience init(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: KeyAccess, request: RequestSchema = .none,
        responses: [ResponseSchema], problems: [ProblemCode] = [], limits: EndpointLimits? = nil,
        handler: @escaping KeyHandler
    ) {
        self.init(method, path, summary, request, responses, problems, limits, .key(access, handler))
    }

    /// An endpoint for users.
    convenience init(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: UserAccess, request: RequestSchema = .none,
        responses: [ResponseSchema], problems: [ProblemCode] = [], limits: EndpointLimits? = nil,
        handler: @escaping UserHandler
    ) {
        self.init(method, path, summary, request, responses, problems, limits, .user(access, handler))
    }
}

/// Anyone may call.
enum OpenAccess {
    case anyone
}

/// An API key with a scope may call.
struct KeyAccess {
    let scope: Scope
    /// The handler counts the request against the rate limit and checks the key itself, in a Redis call of its own.
    let isCountedByHandler: Bool

    static func key(_ scope: Scope) -> KeyAccess { KeyAccess(scope: scope, isCountedByHandler: false) }

    static func keyCountedByHandler(_ scope: Scope) -> KeyAccess { KeyAccess(scope: scope, isCountedByHandler: true) }
}

/// A user may call.
enum UserAccess {
    case platformAdmin
    /// A user with this permission in the organisation that the path names first.
    case member(UserAuthenticator.Permission)
}

/// The bounds of an endpoint.
struct EndpointLimits: Sendable {
    /// 0: the endpoint takes no body.
    let bodyBytesMax: Int
}
