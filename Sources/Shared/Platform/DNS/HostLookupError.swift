/// The reason why a host name has no address.
package struct HostLookupError: Error, Hashable, Sendable {
    package let message: String
    /// Whether a limit of this process is the reason, and not the name or its servers.
    package var isLocal = false
}
