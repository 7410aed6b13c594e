/// The request line and the header section of a request.
///
/// A class, because it is passed on at every step of a request and never changes.
package final class HTTPRequestHead: Sendable {
    /// How the length of the body is determined.
    package enum Framing: Hashable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    package let method: HTTPMethod
    /// The path as sent, percent-encoded; `*` for `OPTIONS *`; the authority for `CONNECT`.
    package let path: String
    /// The part after the question mark, as sent.
    package let query: String?
    package let minorVersion: Int
    package let headers: HTTPHeaders
    package let framing: Framing
    package let keepsAlive: Bool
    package let expectsContinue: Bool

    init(
        _ line: borrowing HTTPRequestLine, _ headers: HTTPHeaders, framing: Framing, keepsAlive: Bool,
        expectsContinue: Bool
    ) {
        method = line.method
        path = line.path
        query = line.query
        minorVersion = line.minorVersion
        self.headers = headers
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.expectsContinue = expectsContinue
    }
}
