internal import Platform

/// Tells the client's address from a proxy's.
struct ClientAddresses {
    let trustedProxies: [AddressRange]

    /// The peer; if the peer is a trusted proxy, the last address of X-Forwarded-For that no trusted proxy has.
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

    /// What per-address limits count: an IPv4 address, or the /64 of an IPv6 address.
    func limited(of head: HTTPRequestHead, peer: SocketAddress) -> String {
        let address = client(of: head, peer: peer)
        if address.isIPv4 { return address.description }
        let network = Array(address.bytes[..<8]) + [UInt8](repeating: 0, count: 8)
        return "\(SocketAddress(bytes: network) ?? address)/64"
    }

    /// Whether the client came over TLS, according to a trusted proxy.
    func isSecure(_ head: HTTPRequestHead, peer: SocketAddress) -> Bool {
        !trustedProxies.isEmpty && isTrusted(peer) && head.headers[.forwardedProto]?.lowercased() == "https"
    }

    private func isTrusted(_ address: SocketAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}
