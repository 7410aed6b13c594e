/// Answers the requests of a listener.
///
/// One responder serves one loop; its methods run on that loop's thread.
package protocol HTTPResponder: AnyObject {
    /// Begins a request whose head has been read, before any of its body is read.
    func begin(_ head: HTTPRequestHead, from peer: SocketAddress) -> any HTTPExchange

    /// The response to invalid bytes, or to a request that exceeds a limit; the connection is closed after it.
    func refuse(_ error: HTTPParseError) -> HTTPResponse
}

/// One request and its response.
package protocol HTTPExchange: AnyObject {
    /// The body that the request may have.
    var bodyPolicy: HTTPBodyPolicy { get }

    /// Called before a body is read that may exceed `bodyInMemoryBytesMax`.
    /// - Returns: the response if the body is refused; nil if it is accepted.
    func refuseLargeBody() async -> HTTPResponse?

    /// Answers the complete request; failures are responses, too.
    func respond(to body: HTTPBody) async -> HTTPResponse
}

/// A responder that needs no step between head and body.
package protocol SimpleHTTPResponder: HTTPResponder {
    /// The body that a request may have.
    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy

    /// Answers a complete request; failures are responses, too.
    func respond(to request: HTTPRequest) async -> HTTPResponse
}

extension SimpleHTTPResponder {
    package func begin(_ head: HTTPRequestHead, from peer: SocketAddress) -> any HTTPExchange {
        SimpleHTTPExchange(responder: self, head: head, peer: peer)
    }
}

/// One request to a simple responder.
private final class SimpleHTTPExchange: HTTPExchange {
    private let responder: any SimpleHTTPResponder
    private let head: HTTPRequestHead
    private let peer: SocketAddress

    init(responder: any SimpleHTTPResponder, head: HTTPRequestHead, peer: SocketAddress) {
        self.responder = responder
        self.head = head
        self.peer = peer
    }

    var bodyPolicy: HTTPBodyPolicy { responder.bodyPolicy(for: head) }

    func refuseLargeBody() async -> HTTPResponse? { nil }

    func respond(to body: HTTPBody) async -> HTTPResponse {
        await responder.respond(to: HTTPRequest(head: head, body: body, peer: peer))
    }
}
