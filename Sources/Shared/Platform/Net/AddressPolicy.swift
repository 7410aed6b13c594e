/// Decides which URLs, hosts and addresses this installation may call on behalf of a client.
///
/// A URL is checked when a client gives it, and again at each call; then the addresses of its host are checked, and the
/// address that is dialled, because a name may resolve to any address, and to another one a moment later.
package struct AddressPolicy: Sendable {
    /// Ranges that the operator permits although they are reserved; for development.
    package let allowed: [AddressRange]

    /// Whether every address may be called.
    private let isOpen: Bool

    package init(allowed: [AddressRange]) {
        self.allowed = allowed
        isOpen = false
    }

    private init() {
        allowed = []
        isOpen = true
    }

    /// For addresses that the operator has configured, which may be anywhere.
    package static let ofOperator = AddressPolicy()

    // MARK: Addresses

    package func permits(_ address: SocketAddress) -> Bool {
        if isOpen || allowed.contains(where: { $0.contains(address) }) { return true }
        if !address.isIPv4, ReservedRange.globalUnicast?.contains(address) != true { return false }
        return !ReservedRange.all.contains { $0.range.contains(address) }
    }

    // MARK: URLs

    /// Why a URL is refused; nil if it is allowed.
    package func fault(of text: String, allowsHTTP: Bool) -> String? {
        guard let address = WebAddress(text) else { return Self.noURL }
        if isOpen { return nil }
        if address.scheme == .http, !allowsHTTP { return "must be an https URL" }
        let isStandard = address.port == 443 || (address.scheme == .http && address.port == 80)
        if !isStandard, address.port <= 1_023 { return "must be on port 443 or above 1023" }
        if Self.otherPorts.contains(address.port) { return "must not be on the port of another protocol" }
        return fault(ofHost: address.host)
    }

    private static let noURL = """
        must be an https URL of ASCII characters (an international host name as xn--…), without user or fragment, on a port \
        up to 65535
        """

    /// Ports above 1023 of protocols that are not HTTP.
    ///
    /// Source: WHATWG Fetch, "bad port"; IANA Service Name and Port Number Registry for the databases.
    private static let otherPorts: Set<Int> = [
        1_433, 1_521, 1_719, 1_720, 1_723, 2_049, 3_306, 3_659, 4_045, 4_190, 5_060, 5_061, 5_432, 6_000, 6_379, 6_566,
        6_665, 6_666, 6_667, 6_668, 6_669, 6_679, 6_697, 10_080, 11_211, 27_017,
    ]

    // MARK: Hosts

    private static let isReserved = "must not lead to a private, loopback or reserved address"
    /// The last labels of names that only a local network knows.
    ///
    /// Source: RFC 6761 (localhost), RFC 6762 (local), RFC 7686 (onion), RFC 8375 (home.arpa), ICANN 2024 (internal).
    private static let localSuffixes = ["local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion"]
    /// Names of the metadata services of clouds.
    private static let metadataLabels: Set<String> = ["metadata", "instance-data"]

    /// Why a host is refused; nil if it is allowed.
    ///
    /// If the operator has opened a network, names of local networks are allowed: what they lead to is checked.
    private func fault(ofHost host: String) -> String? {
        if let literal = SocketAddress(host) { return permits(literal) ? nil : Self.isReserved }
        let name = host.lowercased()
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel), let last = labels.last else {
            return "must have a host name of labels of 1 to 63 letters, digits and hyphens, or an address in full"
        }
        let isNumeric = last.utf8.allSatisfy(ASCII.isDigit) || last.hasPrefix("0x")
        if isNumeric { return "must have a host name, or an address in full" }
        if last == "localhost" { return permits(.loopback) ? nil : Self.isReserved }
        if !allowed.isEmpty { return nil }
        if labels.count == 1 { return "must have a host name with a domain" }
        let isLocal = Self.localSuffixes.contains { name.hasSuffix(".\($0)") }
        return isLocal || Self.metadataLabels.contains(String(labels[0])) ? Self.isReserved : nil
    }

    /// Source: RFC 1123, section 2.1.
    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { ASCII.isDigit($0) || (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
