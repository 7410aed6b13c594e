/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let network: SocketAddress
    /// The prefix length in bits, 0 to 128; for IPv4 it includes the 96 bits of the mapped prefix.
    private let bits: Int
    package let description: String

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = SocketAddress(String(parts[0])) else { return nil }
        let most = address.isIPv4 ? 32 : 128
        var count = most
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...most).contains(given), String(given) == parts[1] else { return nil }
            count = given
        }
        network = address
        bits = count + 128 - most
        description = parts.count == 2 ? "\(address)/\(count)" : "\(address)"
    }

    package func contains(_ address: SocketAddress) -> Bool {
        // A shift by 64 gives 0, so a prefix of 0 bits masks everything out.
        let highMask = bits >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bits))
        let lowMask = bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return (address.high ^ network.high) & highMask == 0 && (address.low ^ network.low) & lowMask == 0
    }

    /// Reads a comma-separated list; nil if a part is not a range.
    package static func list(_ text: String) -> [AddressRange]? {
        let parts = text.split(separator: ",").map { String($0.trimmingBlanks()) }
        let ranges = parts.compactMap { AddressRange($0) }
        return ranges.count == parts.count ? ranges : nil
    }
}
