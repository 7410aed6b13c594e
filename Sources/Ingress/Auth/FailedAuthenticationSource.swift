internal import Platform

/// Where failed authentications come from; the unit in which they are counted.
struct FailedAuthenticationSource: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address, or the /64 network of an IPv6 address.
    let network: SocketAddress
    /// Whether they were made with users' tokens; failures with keys are counted apart.
    let isWithToken: Bool

    /// The name in Redis.
    var description: String {
        "\(isWithToken ? "tokens:" : "")\(network)\(network.isIPv4 ? "" : "/64")"
    }
}
