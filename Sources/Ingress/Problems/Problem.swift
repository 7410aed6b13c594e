internal import Domain
internal import Platform

/// The reason why a request is refused, as sent to the client.
///
/// Source: RFC 9457.
struct Problem: Error {
    /// One fault of a body or a parameter.
    struct Fault: Hashable {
        /// A JSON pointer (RFC 6901) into the body, or a parameter's name.
        var pointer: String
        var code: String
        var message: String
    }

    var code: ProblemCode
    /// What is wrong, in which place, and what is allowed.
    var detail: String
    var faults: [Fault] = []
    var retryAfterSeconds: Int?
    /// Header fields in addition to those of every problem.
    var fields = HTTPFieldLines()
    var allowedMethods: [HTTPMethod] = []
    /// The session that the problem is about.
    var sessionID: SessionID?
    var sessionStatus: SessionStatus?

    init(_ code: ProblemCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "there is no such \(what)")
    }

    /// The problem of a body or query, with all its faults.
    static func invalid(_ faults: [Fault]) -> Problem {
        var problem = Problem(.validationFailed, faults.map { "\($0.pointer): \($0.message)" }.joined(separator: "; "))
        problem.faults = faults
        return problem
    }

    func retrying(afterSeconds seconds: Int) -> Problem {
        var problem = self
        problem.retryAfterSeconds = seconds
        return problem
    }

    /// The response, as `application/problem+json`.
    func response(requestID: String) -> HTTPResponse {
        let body = JSONWriter.object(capacity: 384) { json in
            json.field("type", static: "urn:drape:problem:", code.rawValue)
            json.field("title", static: code.status.phrase)
            json.field("status", code.status.code)
            json.field("code", code.rawValue)
            json.field("detail", detail)
            json.field("requestId", requestID)
            json.field("retryable", code.isRetryable)
            if let sessionID { json.field("sessionId", sessionID) }
            if let sessionStatus { json.field("sessionStatus", sessionStatus.rawValue) }
            json.key("errors")
            json.array { json in
                for fault in faults {
                    json.object { json in
                        json.field("pointer", fault.pointer)
                        json.field("code", fault.code)
                        json.field("message", fault.message)
                    }
                }
            }
        }
        var response = HTTPResponse(code.status, type: "application/problem+json", body: body)
        let retryAfter = retryAfterSeconds ?? (code.status == .serviceUnavailable ? 1 : nil)
        if let retryAfter { response.set("Retry-After", String(retryAfter)) }
        if !allowedMethods.isEmpty {
            response.set("Allow", allowedMethods.map(\.description).joined(separator: ", "))
        }
        response.fields.append(fields)
        if code.status == .unauthorized { response.set("WWW-Authenticate", static: "Bearer realm=\"drape\"") }
        return response
    }
}
