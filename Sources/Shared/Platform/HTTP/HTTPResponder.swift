/// What answers the requests of a listener.
///
/// One responder serves one loop; its methods run on that loop's thread.
package protocol HTTPResponder: AnyObject {
    /// Begins a request whose head has been read; none of its body has been.
    func begin(_ head: HTTPRequestHead, from peer: SocketAddress) -> any HTTPExchange

    /// The response to bytes that were no request, or to a request that broke a limit; the connection ends after it.
    func refuse(_ error: HTTPParseError) -> HTTPResponse
}

/// One request and its response.
package protocol HTTPExchange: AnyObject {
    /// Which body the request may bring.
    var bodyPolicy: HTTPBodyPolicy { get }

    /// Asked before a body is read that does not fit in memory.
    /// - Returns: why the body is not accepted; nil if it is.
    func refuseLargeBody() async -> HTTPResponse?

    /// Answers the whole request; every failure is a response, too.
    func respond(to body: HTTPBody) async -> HTTPResponse
}

/// A responder whose requests need nothing between head and body.
package protocol SimpleHTTPResponder: HTTPResponder {
    /// Which body a request may bring.
    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy

    /// Answers a whole request; every failure is a response, too.
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
