/// Decides which addresses this installation may call on behalf of a client.
///
/// It checks the address that is dialled, not the host name, because a name may resolve to any address.
package struct AddressPolicy: Sendable {
    /// Ranges that the operator permits although they are reserved; for development.
    package let allowed: [AddressRange]

    package init(allowed: [AddressRange]) {
        self.allowed = allowed
    }

    package func permits(_ address: SocketAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        return !Self.reserved.contains { $0.contains(address) }
    }

    /// Ranges that are refused by default.
    ///
    /// Ranges that embed IPv4 addresses are refused as a whole.
    ///
    /// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
    private static let reserved: [AddressRange] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { AddressRange($0) }
}
