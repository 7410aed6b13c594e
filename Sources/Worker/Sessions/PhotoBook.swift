internal import Shared

/// The photos that a group of sessions shows, locked: who erases a customer begins with them.
struct PhotoBook: Equatable {
    private var owners: [PhotoID: OrganizationID] = [:]

    init(locking jobs: [SessionJob], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(jobs, SessionStatements.lockPhotos, connection)
    }

    init(reading jobs: [SessionJob], _ connection: MySQLConnection) throws(MySQLError) {
        try self.init(jobs, SessionStatements.photos, connection)
    }

    private init(
        _ jobs: [SessionJob], _ statement: (Int) -> String, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let ids = StatementSize.padded(Set(jobs.map(\.photoID)).sorted())
        guard !ids.isEmpty else { return }
        for row in try connection.query(statement(ids.count), ids.map { .id($0) }) { owners[row.id(0)] = row.id(1) }
    }

    func has(_ job: SessionJob) -> Bool { owners[job.photoID] == job.ticket.organizationID }
}
