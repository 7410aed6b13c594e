/// A complete request.
package struct HTTPRequest {
    package var head: HTTPRequestHead
    package var body: HTTPBody
    package var peer: SocketAddress

    package init(head: HTTPRequestHead, body: HTTPBody, peer: SocketAddress) {
        self.head = head
        self.body = body
        self.peer = peer
    }
}
