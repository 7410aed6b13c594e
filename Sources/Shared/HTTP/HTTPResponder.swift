/// What stands behind a listener: it says what bodies it takes, and answers requests.
///
/// One responder serves one loop; its methods run on that loop's thread.
package protocol HTTPResponder: AnyObject {
    /// How large a body the request may bring; asked before any of it is read.
    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy

    /// Answers a whole request. Every fault is an answer, too.
    func respond(to request: HTTPRequest) async -> HTTPResponse

    /// The answer to bytes that were no request, or to a request that broke a limit; the connection ends behind it.
    func refuse(_ error: HTTPParseError) -> HTTPResponse
}
