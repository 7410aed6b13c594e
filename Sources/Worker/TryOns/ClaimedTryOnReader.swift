internal import Domain
internal import Platform

/// Reads claimed sessions: from their job in Redis, or, if that cannot be read, from their rows in MariaDB.
final class ClaimedTryOnReader {
    enum Outcome {
        case session(ClaimedTryOn)
        /// Not even its id and its organisation can be read.
        case unknown
        /// MariaDB was asked for the rest of the job, and failed.
        case failed(MySQLError)
    }

    private let mysql: MySQLPool
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: 1 << 20)
    private var owners: ClaimOwners

    init(boot: String, mysql: MySQLPool, logger: Logger) {
        owners = ClaimOwners(boot: boot)
        self.mysql = mysql
        self.logger = logger
    }

    func read(_ claim: Claim, _ forcedEnd: ForcedEnd?) async -> Outcome {
        guard let id = SessionID(claim.id) else { return .unknown }
        let owner = owners.next(for: id)
        func session(_ job: TryOnJob, _ photo: PhotoID, _ forcedEnd: ForcedEnd?) -> Outcome {
            .session(
                ClaimedTryOn(
                    claim: claim, id: id, job: job, photoID: photo, owner: owner,
                    isCancelRequested: claim.isCancelRequested, forcedEnd: forcedEnd))
        }
        let payload = claim.job.payload
        if payload.count == 2, let job = TryOnJob(payload[0], parser),
            let photo = PhotoID(String(decoding: payload[1], as: UTF8.self))
        {
            return session(job, photo, forcedEnd)
        }
        logger.error("the job of a session cannot be read in Redis", .id(id))
        switch await mysql.attempt({ connection throws(MySQLError) in try StoredTryOn.read([id], connection).first }) {
        case .failure(let error): return .failed(error)
        case .success(let stored?): return session(stored.job, stored.photoID, forcedEnd)
        case .success(nil):
            guard let organization = OrganizationID(claim.job.lane) else { return .unknown }
            return session(TryOnJob(unreadableOf: organization), PhotoID(value: 0), .unreadable)
        }
    }
}
