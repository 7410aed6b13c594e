internal import Platform

/// Determines the client's address, which is not the peer's if the peer is a trusted proxy.
struct ClientAddresses {
    let trustedProxies: [AddressRange]

    /// The peer; if the peer is a trusted proxy, the last address of X-Forwarded-For that is not a trusted proxy's.
    func client(of head: HTTPRequestHead, peer: SocketAddress) -> SocketAddress {
        guard !trustedProxies.isEmpty, isTrusted(peer) else { return peer }
        let hops = head.headers.all(.forwardedFor).joined(separator: ",").split(separator: ",")
        var client = peer
        for hop in hops.reversed() {
            guard let address = SocketAddress(hop.filter { $0 != " " && $0 != "\t" }) else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    /// Whether the client used TLS, according to a trusted proxy.
    func isSecure(_ head: HTTPRequestHead, peer: SocketAddress) -> Bool {
        !trustedProxies.isEmpty && isTrusted(peer) && head.headers[.forwardedProto]?.lowercased() == "https"
    }

    private func isTrusted(_ address: SocketAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}
