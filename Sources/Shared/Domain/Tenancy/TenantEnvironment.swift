/// Whether a key and all that it makes is for real or for trying: the two never meet.
package enum TenantEnvironment: String, Hashable, Sendable, CaseIterable {
    case live, test
}
