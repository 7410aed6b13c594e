internal import Domain

/// Makes the fencing tokens of claimed sessions, `boot:number`.
///
/// No two claims of one session have the same token. Different sessions share tokens, so that many of them can be ended by one
/// statement that names their token.
// Invariant: a boot has one instance, because `number` starts at 1 in each.
struct ClaimOwners {
    /// Sessions that share a token.
    private static let shareMax = 4_096
    private let boot: String
    /// Counted here, because a failover of Redis may rewind a counter there.
    private var number: Int64 = 0
    private var current = ""
    private var sessions: Set<SessionID> = []

    init(boot: String) {
        self.boot = boot
    }

    /// The token of a new claim of a session.
    mutating func next(for session: SessionID) -> String {
        if current.isEmpty || sessions.count >= Self.shareMax || sessions.contains(session) {
            number += 1
            current = "\(boot):\(number)"
            sessions.removeAll(keepingCapacity: true)
        }
        sessions.insert(session)
        return current
    }
}
