internal import Platform

/// Determines the client's address, which is not the peer's if the peer is a trusted proxy.
struct ClientAddresses {
    let trustedProxies: [AddressRange]

    /// The peer; if the peer is a trusted proxy, the last address of X-Forwarded-For that is not a trusted proxy's.
    func client(of head: HTTPRequestHead, peer: SocketAddress) -> SocketAddress {
        guard isTrusted(peer) else { return peer }
        let hops = head.headers.all(.forwardedFor).joined(separator: ",").split(separator: ",")
        var client = peer
        for hop in hops.reversed() {
            guard let address = SocketAddress(hop.filter { $0 != " " && $0 != "\t" }) else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    /// The unit of per-address limits: an IPv4 address, or the /64 network of an IPv6 address.
    func limited(of head: HTTPRequestHead, peer: SocketAddress) -> String {
        let address = client(of: head, peer: peer)
        if address.isIPv4 { return address.description }
        let network = Array(address.bytes[..<8]) + [UInt8](repeating: 0, count: 8)
        return "\(SocketAddress(bytes: network) ?? address)/64"
    }

    /// Whether the client used TLS, according to a trusted proxy.
    func isSecure(_ head: HTTPRequestHead, peer: SocketAddress) -> Bool {
        !trustedProxies.isEmpty && isTrusted(peer) && head.headers[.forwardedProto]?.lowercased() == "https"
    }

    private func isTrusted(_ address: SocketAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}
