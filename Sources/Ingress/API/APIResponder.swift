internal import Domain
internal import Platform

/// Answers the requests of one event loop: routing, access control, handler, problem responses, log line.
final class APIResponder: HTTPResponder {
    private let router: Router
    private let logger: Logger
    let clock: any WallClock
    private let addresses: ClientAddresses
    private let keys: APIKeyAuthenticator
    private let users: UserAuthenticator
    private let limiter: FailedAuthenticationLimiter
    private let telemetry: IngressTelemetry
    private var random = SystemRandomSource()

    init(
        router: Router, access: AccessControl, logger: Logger, clock: any WallClock,
        telemetry: IngressTelemetry
    ) {
        self.router = router
        self.logger = logger
        self.clock = clock
        addresses = access.addresses
        keys = access.keys
        users = access.users
        limiter = access.limiter
        self.telemetry = telemetry
    }

    func begin(_ head: HTTPRequestHead, from peer: SocketAddress) -> any HTTPExchange {
        RequestContext(
            AuthenticationRequest(head: head, peer: peer, now: clock.now()),
            requestID: RequestID.given(head) ?? RequestID.make(&random), match: router.match(head.method, head.path),
            responder: self)
    }

    func clientAddress(of request: AuthenticationRequest) -> SocketAddress {
        addresses.client(of: request.head, peer: request.peer)
    }

    /// Checks access before a large body is read, so that a client without access cannot fill the disk.
    func refuseLargeBody(_ context: RequestContext) async -> HTTPResponse? {
        let stopwatch = Stopwatch()
        do throws(Problem) {
            switch context.endpoint?.action {
            // Bodies of open endpoints are never large (see `Endpoint`), and what no endpoint takes is discarded.
            case .open, .immediate, nil: break
            case .user(let access, _): _ = try user(context, access)
            case .key(let access, _):
                if access.isCountedByHandler {
                    _ = try await passed(context, access)
                } else {
                    context.passed = try await authenticate(context, access)
                }
            }
            return nil
        } catch {
            let problem = await counted(error, context)
            return finish(context, problem.response(requestID: context.requestID), stopwatch)
        }
    }

    func respond(_ context: RequestContext) async -> HTTPResponse {
        let stopwatch = Stopwatch()
        let response: HTTPResponse
        do throws(Problem) {
            response = try await run(context)
        } catch {
            let problem = await counted(error, context)
            // A refusal with the state of the rate limit replaces the fields that an earlier step has set.
            if !problem.fields.isEmpty { context.set(HTTPFieldLines()) }
            response = problem.response(requestID: context.requestID)
        }
        return finish(context, response, stopwatch)
    }

    // MARK: Steps

    /// The problem to answer with, after a failed authentication was counted.
    private func counted(_ error: Problem, _ context: RequestContext) async -> Problem {
        let problem = await limiter.count(error, of: context.authentication)
        assert(
            context.endpoint?.allProblems.contains(problem.code) != false,
            "\(context.endpoint?.path ?? "") does not declare \(problem.code.rawValue)")
        return problem
    }

    /// Checks the access that the endpoint requires, and runs its handler.
    private func run(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        if let problem = context.routingProblem { throw problem }
        switch context.endpoint?.action {
        case .open(let handler): return try await handler(context)
        case .immediate(let handler): return try handler(context)
        case .key(let access, let handler):
            let passed = try await passed(context, access)
            return try await handler(KeyContext(request: context, key: passed, scope: access.scope))
        case .user(let access, let handler):
            return try await handler(UserContext(request: context, user: try user(context, access)))
        case nil: preconditionFailure("a request without an endpoint has a problem")
        }
    }

    private func user(_ context: RequestContext, _ access: UserAccess) throws(Problem) -> JWT {
        let user = try users.identify(context.authentication)
        switch access {
        case .platformAdmin: try users.checkPlatformAdmin(user)
        case .member(let permission): try users.check(user, permission, in: try context.id(0, "organisation"))
        }
        return user
    }

    private func passed(_ context: RequestContext, _ access: KeyAccess) async throws(Problem) -> APIKey {
        if let passed = context.passed {
            // Reading a large body takes minutes, in which the key may have been revoked. It was counted before.
            return try await keys.authenticate(context.authentication, passed.key, access.scope, isCounted: false).key
        }
        if access.isCountedByHandler {
            let key = try await keys.identify(context.authentication)
            // A key without the permission is counted and refused below, before the handler reads anything.
            if keys.problem(context.authentication, key, access.scope) == nil {
                try await keys.refuseIfStillLimited(context.authentication, key)
                return key
            }
        }
        return try await authenticate(context, access).key
    }

    private func authenticate(
        _ context: RequestContext, _ access: KeyAccess
    ) async throws(Problem) -> APIKeyAuthenticator.Passed {
        let key = try await keys.identify(context.authentication)
        let passed = try await keys.authenticate(context.authentication, key, access.scope)
        context.set(passed.rateLimit.fields(passed.key, at: context.now))
        return passed
    }

    private func finish(
        _ context: RequestContext, _ answer: HTTPResponse, _ stopwatch: Stopwatch
    ) -> HTTPResponse {
        var response = answer
        if !context.fields.isEmpty { response.fields.append(context.fields) }
        response.set("X-Request-Id", context.requestID)
        if response.body.bytes.count > HTTPResponse.compressedBytesMin, context.head.headers.acceptsGzip {
            response.compress()
        }
        if addresses.isSecure(context.head, peer: context.authentication.peer) {
            response.set("Strict-Transport-Security", static: "max-age=31536000; includeSubDomains")
        }
        let nanoseconds = stopwatch.nanoseconds
        telemetry.latency.observe(nanoseconds: nanoseconds)
        if response.status.code == HTTPStatus.tooManyRequests.code {
            // Only the refusal of a key tells its limit.
            let counter =
                response["X-RateLimit-Limit"] == nil ? telemetry.limitedByAddress : telemetry.limitedByKey
            counter.add(1)
        }
        log(context, response.status, nanoseconds: nanoseconds)
        return response
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse {
        let requestID = RequestID.make(&random)
        var response = Problem(ProblemCode(protocolFault: error.status), error.detail).response(requestID: requestID)
        response.set("X-Request-Id", requestID)
        logger.debug("request refused", .number("status", error.status.code), .text("requestId", requestID))
        return response
    }

    private func log(_ context: RequestContext, _ status: HTTPStatus, nanoseconds: Int64) {
        let level: LogLevel = status.code >= 500 ? .error : status.code >= 400 ? .info : .debug
        guard logger.isEnabled(level) else { return }
        logger.log(
            level, "request",
            [
                .text("method", context.head.method.description), .text("route", context.endpoint?.path ?? "none"),
                .number("status", status.code), .number("durationUs", Int(nanoseconds / 1_000)),
                .text("requestId", context.requestID),
            ])
    }
}
