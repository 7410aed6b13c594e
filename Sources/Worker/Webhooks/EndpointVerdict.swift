internal import Platform

/// What an attempt says about the health of its endpoint.
enum EndpointVerdict: String, Sendable {
    /// It answered, whatever it said: a refusal (4xx) and too many requests (429) come from an endpoint that works.
    case answered = "a"
    /// It answered that it is broken (5xx).
    case failed = "f"
    /// It did not answer: no address, no connection, no TLS, or too late.
    case unreachable = "t"
    /// Nothing is known: nothing was sent, for a reason that is not the endpoint's.
    case unknown = "n"

    init(status: Int) {
        self = (500...599).contains(status) ? .failed : .answered
    }

    init(_ cause: HTTPClientError.Cause) {
        switch cause {
        case .host: self = .unreachable
        case .answer: self = .answered
        case .policy, .process: self = .unknown
        }
    }
}
