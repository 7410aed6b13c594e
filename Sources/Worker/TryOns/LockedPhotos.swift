internal import Domain
internal import Platform

/// The photos of a group of sessions, and whether their customers were erased.
///
/// An erasure of a customer locks the photos before the sessions.
struct LockedPhotos: Equatable {
    private var owners: [PhotoID: OrganizationID] = [:]
    /// Deleted photos of customers who were not erased.
    private var deleted: Set<PhotoID> = []

    init(locking sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.lockPhotos, TryOnStatements.lockDeletedPhotos, connection)
    }

    init(reading sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(sessions, TryOnStatements.photos, TryOnStatements.deletedPhotos, connection)
    }

    private init(
        _ sessions: [ClaimedTryOn], _ present: BatchText, _ gone: BatchText, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let ids = BatchSize.padded(Set(sessions.map(\.photoID)).sorted())
        guard !ids.isEmpty else { return }
        for row in try connection.query(present(ids.count), ids.map { .id($0) }) {
            owners[row.id("id")] = row.id("organization_id")
        }
        let missing = BatchSize.padded(Set(ids).subtracting(owners.keys).sorted())
        guard !missing.isEmpty else { return }
        for row in try connection.query(gone(missing.count), missing.map { .id($0) }) { deleted.insert(row.id("id")) }
    }

    /// Whether the photo of a session exists and belongs to its organisation.
    func has(_ session: ClaimedTryOn) -> Bool { owners[session.photoID] == session.job.organizationID }

    /// Whether nothing may be written of the session's customer any more.
    func isErased(_ session: ClaimedTryOn) -> Bool { !has(session) && !deleted.contains(session.photoID) }
}
