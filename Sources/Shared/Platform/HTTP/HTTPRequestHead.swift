/// What stands in front of a request's body.
package struct HTTPRequestHead: Sendable {
    /// How the end of the body is found.
    package enum Framing: Hashable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    package var method: HTTPMethod
    /// The path as sent, percent-encoded; `*` for `OPTIONS *`; the authority for `CONNECT`.
    package var path: String
    /// What follows the question mark, as sent.
    package var query: String?
    package var minorVersion: Int
    package var headers: HTTPHeaders
    package var framing: Framing
    package var keepsAlive: Bool
    package var expectsContinue: Bool
}
