internal import Shared

/// Stands between HTTP and the handlers: request ids, routing, problem answers, and the log line of a failure.
final class APIResponder: HTTPResponder {
    private let router: Router
    private let logger: Logger
    private let clock: any WallClock
    private let addresses: ClientAddresses
    private let limit: AddressLimit
    private let latency: Histogram
    private var random = SystemRandomSource()

    init(
        router: Router, logger: Logger, clock: any WallClock, addresses: ClientAddresses, limit: AddressLimit,
        latency: Histogram
    ) {
        self.router = router
        self.logger = logger
        self.clock = clock
        self.addresses = addresses
        self.limit = limit
        self.latency = latency
    }

    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy {
        switch router.match(head.method, head.path) {
        case .route(let route, _):
            HTTPBodyPolicy(
                bytesMax: max(route.bodyBytesMax, Self.ignoredBodyBytesMax), isWanted: route.bodyBytesMax > 0)
        case .methodNotAllowed, .notFound: HTTPBodyPolicy(bytesMax: Self.ignoredBodyBytesMax, isWanted: false)
        }
    }

    /// What is read and dropped of a body that nobody asked for.
    private static let ignoredBodyBytesMax = 65_536

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let started = ContinuousClock.now
        let requestID = requestID(of: request.head)
        var response: HTTPResponse
        var template = "none"
        switch router.match(request.head.method, request.head.path) {
        case .route(let route, let parameters):
            template = route.template
            let context = RequestContext(
                request: request, requestID: requestID, now: clock.now(), parameters: parameters)
            do throws(Problem) {
                response = try await route.handler(context)
            } catch {
                let problem = await limit.count(error, of: request, at: context.now)
                response = problem.response(requestID: requestID)
            }
            for (name, value) in context.extraFields { response.set(name, value) }
        case .methodNotAllowed(let allowed):
            var problem = Problem(.methodNotAllowed, "this path does not take \(request.head.method)")
            problem.allowedMethods = allowed
            response = problem.response(requestID: requestID)
        case .notFound:
            response = Problem(.notFound, "there is nothing at this path").response(requestID: requestID)
        }
        response.set("X-Request-Id", requestID)
        response.set("Vary", "Accept-Encoding")
        if request.head.headers.acceptsGzip { response.compress() }
        if addresses.isSecure(request) {
            response.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        }
        let duration = ContinuousClock.now - started
        latency.observe(duration)
        log(request.head.method, template, response.status, duration, requestID)
        return response
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse {
        let requestID = newRequestID()
        var response = Problem(ProblemCode(protocolFault: error.status), error.detail).response(requestID: requestID)
        response.set("X-Request-Id", requestID)
        logger.debug("request refused", .number("status", error.status.code), .text("requestId", requestID))
        return response
    }

    // MARK: Request ids

    /// The client's own, where it is 1 to 64 harmless characters.
    private func requestID(of head: HTTPRequestHead) -> String {
        guard let given = head.headers[.requestID], (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy(Self.isRequestIDByte)
        else { return newRequestID() }
        return given
    }

    private func newRequestID() -> String {
        var bytes = Array("req_".utf8)
        for byte in random.next(bytes: 12) {
            bytes.append(Self.digits[Int(byte >> 4)])
            bytes.append(Self.digits[Int(byte & 15)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func isRequestIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Log

    private func log(
        _ method: HTTPMethod, _ template: String, _ status: HTTPStatus, _ duration: Duration, _ requestID: String
    ) {
        let level: LogLevel = status.code >= 500 ? .error : status.code >= 400 ? .info : .debug
        guard logger.isEnabled(level) else { return }
        logger.log(
            level, "request",
            [
                .text("method", method.description), .text("route", template),
                .number("status", status.code), .number("durationUs", Int(duration.inSeconds * 1e6)),
                .text("requestId", requestID),
            ])
    }
}
