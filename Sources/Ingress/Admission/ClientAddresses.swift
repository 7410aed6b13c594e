internal import Shared

/// Tells the client's address from a proxy's.
struct ClientAddresses {
    let trustedProxies: [AddressRange]

    /// The peer; or, where the peer is a trusted proxy, the last address of X-Forwarded-For that no trusted proxy has.
    func client(of request: HTTPRequest) -> SocketAddress {
        guard isTrusted(request.peer) else { return request.peer }
        let hops = request.head.headers.all(.forwardedFor).joined(separator: ",").split(separator: ",")
        var client = request.peer
        for hop in hops.reversed() {
            guard let address = SocketAddress(hop.filter { $0 != " " && $0 != "\t" }) else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    /// What the per-address limit counts: an IPv4 address, or the /64 of an IPv6 address.
    func limited(of request: HTTPRequest) -> String {
        let address = client(of: request)
        if address.isIPv4 { return address.description }
        let network = Array(address.bytes[..<8]) + [UInt8](repeating: 0, count: 8)
        return "\(SocketAddress(bytes: network) ?? address)/64"
    }

    /// Whether the client came over TLS, as far as a trusted proxy says.
    func isSecure(_ request: HTTPRequest) -> Bool {
        isTrusted(request.peer) && request.head.headers[.forwardedProto]?.lowercased() == "https"
    }

    private func isTrusted(_ address: SocketAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }
}
