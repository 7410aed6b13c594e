internal import Shared

/// The idempotency keys of a group, locked: a second session under a live key is no second session, even where Redis has
/// forgotten the first.
struct DuplicateBook {
    private struct Name: Hashable {
        let organization: OrganizationID
        let environment: TenantEnvironment
        let hash: String

        init?(_ job: SessionJob) {
            guard let hash = job.ticket.idempotencyHash else { return nil }
            self.init(job.ticket.organizationID, job.ticket.environment, hash)
        }

        init(_ organization: OrganizationID, _ environment: TenantEnvironment, _ hash: String) {
            self.organization = organization
            self.environment = environment
            self.hash = hash
        }
    }

    private var owners: [Name: SessionID] = [:]

    init(locking jobs: [SessionJob], at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) {
        let names = Set(jobs.compactMap(Name.init(_:))).sorted { $0.hash < $1.hash }
        for piece in StatementSize.pieces(names) {
            let rows = try connection.query(
                SessionStatements.lockIdempotency(piece.count),
                piece.flatMap { [.id($0.organization), .text($0.environment.rawValue), .text($0.hash)] })
            for row in rows where row.time(4) > now {
                let name = Name(row.id(0), TenantEnvironment(rawValue: row.text(1)) ?? .test, row.text(2))
                owners[name] = row.optionalText(3).flatMap { SessionID($0) }
            }
        }
    }

    /// The session that has the job's key already.
    func first(for job: SessionJob) -> SessionID? {
        guard let first = Name(job).flatMap({ owners[$0] }), first != job.id else { return nil }
        return first
    }

    /// Gives the job's key to its session.
    mutating func take(_ job: SessionJob) {
        if let name = Name(job) { owners[name] = job.id }
    }
}
