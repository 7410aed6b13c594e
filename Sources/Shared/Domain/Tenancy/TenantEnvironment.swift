/// Whether an API key and all its data are live or for tests; the two are kept apart.
package enum TenantEnvironment: String, Hashable, Sendable, CaseIterable {
    case live, test
}
