/// What an organisation has booked.
enum Plan: String, Hashable, Sendable, CaseIterable {
    case free, starter, growth, enterprise

    /// Requests a minute of each key, unless the key has a limit of its own.
    var requestsPerMinute: Int {
        switch self {
        case .free: 60
        case .starter: 120
        case .growth: 600
        case .enterprise: 6_000
        }
    }
}
