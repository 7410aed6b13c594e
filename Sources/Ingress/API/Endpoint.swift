internal import Domain
internal import Platform

/// One endpoint of the API: access, request and response schemas, limits, and handler.
///
/// The responder checks access before the handler runs. The type of the access determines the handler's context.
final class Endpoint {
    typealias OpenHandler = (RequestContext) async throws(Problem) -> HTTPResponse
    /// Answers without waiting for anything.
    typealias ImmediateHandler = (RequestContext) throws(Problem) -> HTTPResponse
    typealias KeyHandler = (KeyContext) async throws(Problem) -> HTTPResponse
    typealias UserHandler = (UserContext) async throws(Problem) -> HTTPResponse

    /// The access that is required, with a handler of the matching type.
    enum Action {
        case open(OpenHandler)
        case immediate(ImmediateHandler)
        case key(KeyAccess, KeyHandler)
        case user(UserAccess, UserHandler)

        /// The problems that checking the access can have.
        var problems: [ProblemCode] {
            switch self {
            case .open, .immediate: []
            case .key:
                [
                    .missingKey, .invalidKey, .keyExpired, .keyDisabled, .insufficientScope, .ipNotAllowed,
                    .organizationSuspended, .rateLimited,
                ]
            case .user: [.invalidToken, .missingKey, .forbidden, .rateLimited]
            }
        }
    }

    let method: HTTPMethod
    /// The path with placeholders, such as `/api/v1/customers/{externalId}`.
    ///
    /// It contains no personal data, so it may be logged.
    let path: String
    let summary: String
    /// The placeholders of the path, in their order.
    let placeholders: [FieldSchema]
    let request: RequestSchema
    let responses: [ResponseSchema]
    /// The problems that this endpoint has in addition to those of its access and its body.
    let problems: [ProblemCode]
    let limits: EndpointLimits
    let action: Action

    /// Every problem that a request for this endpoint can have.
    var allProblems: [ProblemCode] { action.problems + request.problems + problems + Self.commonProblems }

    private static let commonProblems: [ProblemCode] = [
        .malformedRequest, .contentTooLarge, .storeUnavailable, .acceptanceUnknown, .internalError,
    ]

    private init(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ request: RequestSchema,
        _ responses: [ResponseSchema], _ problems: [ProblemCode], _ limits: EndpointLimits?, _ action: Action
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        placeholders = PathSchema.placeholders(of: path)
        self.request = request
        self.responses = responses
        self.problems = problems
        self.limits = limits ?? request.body.limits
        switch action {
        case .open, .immediate:
            precondition(self.limits.bodyBytesMax <= 65_536, "a large body needs an access that is checked before it")
        case .key, .user: break
        }
        self.action = action
    }

    /// An endpoint without access control.
    convenience init(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: OpenAccess, request: RequestSchema = .none,
        responses: [ResponseSchema], problems: [ProblemCode] = [], limits: EndpointLimits? = nil,
        handler: @escaping OpenHandler
    ) {
        self.init(method, path, summary, request, responses, problems, limits, .open(handler))
    }

    /// An endpoint without access control that is answered at once; it takes no body.
    convenience init(
        _ method: HTTPMethod, _ path: String, _ summary: String, access: OpenAccess, responses: [ResponseSchema],
        immediate handler: @escaping ImmediateHandler
    ) {
        self.init(method, path, summary, .none, responses, [], nil, .immediate(handler))
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

/// Access without credentials.
enum OpenAccess {
    case anyone
}

/// Access with an API key that has a scope.
struct KeyAccess {
    let scope: Scope
    /// The handler itself counts the request against the rate limit and checks the key, in its own Redis call.
    let isCountedByHandler: Bool

    static func key(_ scope: Scope) -> KeyAccess { KeyAccess(scope: scope, isCountedByHandler: false) }

    static func keyCountedByHandler(_ scope: Scope) -> KeyAccess { KeyAccess(scope: scope, isCountedByHandler: true) }
}

/// Access with a user's token.
enum UserAccess {
    case platformAdmin
    /// A user with this permission in the organisation that is the path's first placeholder.
    case member(UserAuthenticator.Permission)
}

/// The limits of an endpoint.
struct EndpointLimits: Sendable {
    /// 0: the endpoint takes no body.
    let bodyBytesMax: Int
}
