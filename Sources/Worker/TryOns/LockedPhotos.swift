internal import Domain
internal import Platform

/// The photos that a group of sessions shows.
///
/// An erasure of a customer locks them first.
struct LockedPhotos: Equatable {
    private var owners: [PhotoID: OrganizationID] = [:]

    init(locking sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.lockPhotos, connection)
    }

    init(reading sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.photos, connection)
    }

    private init(
        _ sessions: [ClaimedTryOn], _ statement: (Int) -> String, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let ids = BatchSize.padded(Set(sessions.map(\.photoID)).sorted())
        guard !ids.isEmpty else { return }
        for row in try connection.query(statement(ids.count), ids.map { .id($0) }) {
            owners[row.id("id")] = row.id("organization_id")
        }
    }

    /// Whether the photo of a session is there and belongs to its organisation.
    func has(_ session: ClaimedTryOn) -> Bool { owners[session.photoID] == session.job.organizationID }
}
