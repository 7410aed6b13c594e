internal import Domain
internal import Platform

/// The photos of a group of sessions.
///
/// An erasure of a customer locks the photos before the sessions.
struct LockedPhotos: Equatable {
    private var owners: [PhotoID: OrganizationID] = [:]

    init(locking sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.lockPhotos, connection)
    }

    init(reading sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.photos, connection)
    }

    private init(
        _ sessions: [ClaimedTryOn], _ statement: BatchText, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let ids = BatchSize.padded(Set(sessions.map(\.photoID)).sorted())
        guard !ids.isEmpty else { return }
        for row in try connection.query(statement(ids.count), ids.map { .id($0) }) {
            owners[row.id("id")] = row.id("organization_id")
        }
    }

    /// Whether the photo of a session exists and belongs to its organisation.
    func has(_ session: ClaimedTryOn) -> Bool { owners[session.photoID] == session.job.organizationID }
}
