internal import Platform

/// The state of one request, from its head to its response.
final class RequestContext: HTTPExchange {
    private(set) var authentication: AuthenticationRequest
    let requestID: String
    /// The endpoint that the request is routed to; nil if the path or the method is unknown.
    let endpoint: Endpoint?
    /// The reason why there is no endpoint.
    let routingProblem: Problem?
    /// Empty until the body has been read.
    private(set) var body = HTTPBody.bytes([])
    /// Header fields of the response, whether it is a success or a refusal.
    private(set) var fields = HTTPFieldLines()
    /// The key, if it was authenticated before a large body was read.
    var passed: APIKeyAuthenticator.Passed?
    private let parameters: [Substring]
    private let responder: APIResponder

    init(
        _ authentication: AuthenticationRequest, requestID: String, match: Router.Match, responder: APIResponder
    ) {
        self.authentication = authentication
        self.requestID = requestID
        self.responder = responder
        switch match {
        case .endpoint(let endpoint, let parameters):
            self.endpoint = endpoint
            self.parameters = parameters
            routingProblem = nil
        case .methodNotAllowed(let allowed):
            var problem = Problem(.methodNotAllowed, "this path does not allow \(authentication.head.method)")
            problem.allowedMethods = allowed
            routingProblem = problem
            endpoint = nil
            parameters = []
        case .notFound:
            routingProblem = Problem(.notFound, "there is nothing at this path")
            endpoint = nil
            parameters = []
        }
    }

    var head: HTTPRequestHead { authentication.head }

    /// See `AuthenticationRequest.now`.
    var now: Timestamp { authentication.now }

    // MARK: The exchange

    /// A body that the endpoint does not take is read and discarded, up to this length in bytes.
    private static let ignoredBodyBytesMax = 65_536

    var bodyPolicy: HTTPBodyPolicy {
        let wanted = endpoint?.limits.bodyBytesMax ?? 0
        return HTTPBodyPolicy(bytesMax: max(wanted, Self.ignoredBodyBytesMax), acceptsBody: wanted > 0)
    }

    func refuseLargeBody() async -> HTTPResponse? {
        await responder.refuseLargeBody(self)
    }

    func respond(to body: HTTPBody) async -> HTTPResponse {
        self.body = body
        // A slow body ends long after its head: what the request creates is newer than what was created meanwhile.
        authentication.now = responder.clock.now()
        return await responder.respond(self)
    }

    // MARK: The request

    /// The address of the client, behind trusted proxies.
    var clientAddress: SocketAddress { responder.clientAddress(of: authentication) }

    /// The decoded text of a placeholder of the endpoint's path.
    func parameter(_ index: Int) throws(Problem) -> String {
        guard let text = PercentEncoding.decode(parameters[index]) else {
            throw Problem(.malformedRequest, "the path has a percent-encoding that is not UTF-8")
        }
        return text
    }

    /// The id in a placeholder.
    /// - Throws: `not_found` if the text is not an id.
    func id<ID: Identity>(_ index: Int, _ what: String, _ type: ID.Type = ID.self) throws(Problem) -> ID {
        guard let id = ID(try parameter(index)) else { throw .notFound(what) }
        return id
    }

    /// The body if it is in memory; empty if it is in a file.
    var bodyBytes: [UInt8] {
        if case .bytes(let bytes) = body { bytes } else { [] }
    }

    /// The decoded parameters of the query, in order.
    func query() throws(Problem) -> [(name: String, value: String)] {
        guard let query = head.query else { return [] }
        var found: [(name: String, value: String)] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0]),
                let value = PercentEncoding.decode(parts.count == 2 ? parts[1] : "")
            else { throw Problem(.malformedRequest, "the query has a percent-encoding that is not UTF-8") }
            found.append((name: name, value: value))
        }
        return found
    }

    /// The request's traceparent, if it is valid.
    ///
    /// Source: W3C Trace Context, section 3.2.2: 55 characters in version 00.
    var traceparent: String? {
        guard let text = head.headers[.traceparent], text.utf8.count == 55 else { return nil }
        let isValid = text.utf8.enumerated().allSatisfy { index, byte in
            if [2, 35, 52].contains(index) { return byte == UInt8(ascii: "-") }
            return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
        }
        return isValid ? text : nil
    }

    // MARK: The response

    /// Sets header fields of the response; replaces all that were set before.
    func set(_ fields: HTTPFieldLines) {
        self.fields = fields
    }
}
