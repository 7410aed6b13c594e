/// The reason why a host name has no address.
package struct HostLookupError: Error, Hashable, Sendable {
    package let message: String
}
