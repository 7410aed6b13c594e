internal import Domain
internal import Platform

/// The locked idempotency keys of a group of sessions.
///
/// A second session with an unexpired key is a duplicate, even if Redis has lost the first one.
struct LockedIdempotencyKeys {
    private struct Name: Hashable {
        let organizationID: OrganizationID
        let environment: TenantEnvironment
        let hash: String

        init?(_ session: ClaimedTryOn) {
            guard let hash = session.job.idempotencyHash else { return nil }
            organizationID = session.job.organizationID
            environment = session.job.environment
            self.hash = hash
        }

        init(_ row: MySQLRow) {
            organizationID = row.id("organization_id")
            environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
            hash = row.text("key_hash")
        }
    }

    private var owners: [Name: SessionID] = [:]

    init(locking sessions: [ClaimedTryOn], at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) {
        let names = Set(sessions.compactMap(Name.init(_:))).sorted { $0.hash < $1.hash }
        for piece in BatchSize.pieces(names) {
            let rows = try connection.query(
                TryOnStatements.lockIdempotencyKeys(piece.count),
                piece.flatMap { [.id($0.organizationID), .text($0.environment.rawValue), .text($0.hash)] })
            for row in rows where row.time("expires_at") > now { owners[Name(row)] = row.optionalID("session_id") }
        }
    }

    /// The earlier session that owns the key of this one.
    func first(for session: ClaimedTryOn) -> SessionID? {
        guard let first = Name(session).flatMap({ owners[$0] }), first != session.id else { return nil }
        return first
    }

    /// Assigns a session's key to the session.
    mutating func take(_ session: ClaimedTryOn) {
        if let name = Name(session) { owners[name] = session.id }
    }
}
