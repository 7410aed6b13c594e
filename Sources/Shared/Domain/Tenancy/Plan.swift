/// The plan of an organisation.
package enum Plan: String, Hashable, Sendable, CaseIterable {
    case free, starter, growth, enterprise

    /// Requests per minute of each API key, unless the key has its own rate limit.
    package var requestsPerMinute: Int {
        switch self {
        case .free: 60
        case .starter: 120
        case .growth: 600
        case .enterprise: 6_000
        }
    }
}
