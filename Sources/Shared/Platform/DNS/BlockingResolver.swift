/// Resolves host names for threads that may block, for a bounded time.
package enum BlockingResolver {
    /// The first address of a host, in text form; an address in text form is its own address.
    package static func address(
        of host: String, servers: String? = nil, timeout: Duration = .seconds(3)
    ) -> Result<String, HostLookupError> {
        if SocketAddress(host) != nil { return .success(host) }
        return AresHandle.resolve(host, servers: servers, timeout: timeout)
    }
}
