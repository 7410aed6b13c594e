/// The request line and the header section of a request.
package struct HTTPRequestHead: Sendable {
    /// How the length of the body is determined.
    package enum Framing: Hashable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    package var method: HTTPMethod
    /// The path as sent, percent-encoded; `*` for `OPTIONS *`; the authority for `CONNECT`.
    package var path: String
    /// The part after the question mark, as sent.
    package var query: String?
    package var minorVersion: Int
    package var headers: HTTPHeaders
    package var framing: Framing
    package var keepsAlive: Bool
    package var expectsContinue: Bool
}
