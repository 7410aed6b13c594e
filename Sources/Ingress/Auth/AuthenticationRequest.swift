internal import Platform

/// The data of a request that authentication needs.
struct AuthenticationRequest {
    let head: HTTPRequestHead
    let peer: SocketAddress
    /// When the head was received; after the body was read, when the request was complete.
    var now: Timestamp

    /// The text after `Bearer ` in Authorization; nil if there is none.
    var bearer: String? {
        guard let given = head.headers[.authorization], given.utf8.count > 7,
            given.utf8.prefix(7).elementsEqual("bearer ".utf8, by: { ASCII.lowercased($0) == $1 })
        else { return nil }
        return String(given.dropFirst(7))
    }
}
