internal import Platform

/// The rules for URLs that clients give.
final class URLRules {
    private let policy: AddressPolicy
    private let allowsHTTP: Bool
    private let resolver: HostResolver
    /// A client waits for it.
    private static let lookupMax = Duration.seconds(1)

    init(policy: AddressPolicy, allowsHTTP: Bool, loop: EventLoop, nameServers: String?) {
        self.policy = policy
        self.allowsHTTP = allowsHTTP
        var limits = HostResolver.Limits()
        limits.waitMax = Self.lookupMax
        resolver = HostResolver(loop: loop, servers: nameServers, limits: limits)
    }

    /// Why a URL is refused; nil if it is allowed.
    func fault(of text: String) -> String? { policy.fault(of: text, allowsHTTP: allowsHTTP) }

    /// Why the addresses of a URL's host are refused; nil if they are allowed, or if it has none (yet).
    func addressFault(of text: String) async -> String? {
        guard let host = WebAddress(text)?.host, case .success(let addresses) = await resolver.resolve(host) else {
            return nil
        }
        return addresses.allSatisfy(policy.permits) ? nil : "its host has a private, loopback or reserved address"
    }
}
