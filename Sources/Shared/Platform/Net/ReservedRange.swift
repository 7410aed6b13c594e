/// A range of addresses that the service does not call on behalf of a client, and where it is reserved.
struct ReservedRange: Sendable {
    let range: AddressRange
    /// What it is for.
    let purpose: String
    let source: String

    /// Every such range.
    ///
    /// IPv6 ranges that embed IPv4 addresses are refused as a whole.
    ///
    /// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, and the document of each range.
    static let all: [ReservedRange] = [
        ("0.0.0.0/8", "this network", "RFC 791"),
        ("10.0.0.0/8", "private use", "RFC 1918"),
        ("100.64.0.0/10", "shared address space", "RFC 6598"),
        ("127.0.0.0/8", "loopback", "RFC 1122"),
        ("168.63.129.16/32", "the platform of Azure", "Microsoft documentation, IP address 168.63.129.16"),
        ("169.254.0.0/16", "link-local, metadata of clouds", "RFC 3927"),
        ("172.16.0.0/12", "private use", "RFC 1918"),
        ("192.0.0.0/24", "protocol assignments", "RFC 6890"),
        ("192.0.2.0/24", "documentation", "RFC 5737"),
        ("192.88.99.0/24", "6to4 relay anycast", "RFC 7526"),
        ("192.168.0.0/16", "private use", "RFC 1918"),
        ("198.18.0.0/15", "benchmarking", "RFC 2544"),
        ("198.51.100.0/24", "documentation", "RFC 5737"),
        ("203.0.113.0/24", "documentation", "RFC 5737"),
        ("224.0.0.0/4", "multicast", "RFC 5771"),
        ("240.0.0.0/4", "reserved, limited broadcast", "RFC 1112"),
        ("::/96", "unspecified, loopback, IPv4-compatible", "RFC 4291"),
        ("::ffff:0:0:0/96", "IPv4-translated", "RFC 2765"),
        ("64:ff9b::/96", "NAT64", "RFC 6052"),
        ("64:ff9b:1::/48", "local NAT64", "RFC 8215"),
        ("100::/64", "discard only", "RFC 6666"),
        ("2001::/23", "protocol assignments, Teredo, ORCHID", "RFC 2928"),
        ("2001:db8::/32", "documentation", "RFC 3849"),
        ("2002::/16", "6to4", "RFC 3056"),
        ("3fff::/20", "documentation", "RFC 9637"),
        ("5f00::/16", "segment routing", "RFC 9602"),
        ("fc00::/7", "unique local", "RFC 4193"),
        ("fe80::/10", "link-local", "RFC 4291"),
        ("fec0::/10", "site-local", "RFC 3879"),
        ("ff00::/8", "multicast", "RFC 4291"),
    ].compactMap { text, purpose, source in
        AddressRange(text).map { ReservedRange(range: $0, purpose: purpose, source: source) }
    }

    /// The only IPv6 addresses that are routed worldwide.
    ///
    /// Source: RFC 4291, section 2.4; IANA IPv6 Global Unicast Address Assignments.
    static let globalUnicast = AddressRange("2000::/3")
}
