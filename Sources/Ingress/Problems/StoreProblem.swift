internal import Platform

extension Problem {
    /// The problem for a failed Redis call.
    init(redis error: RedisError) {
        switch error {
        case .unavailable: self.init(.storeUnavailable, "the queue store is not reachable; nothing was accepted")
        case .outcomeUnknown: self.init(.storeUnavailable, "the queue store did not answer")
        case .refused(let fault):
            self.init(.storeUnavailable, "the queue store refuses work (\(fault.code)); nothing was accepted")
        case .unexpectedReply: self.init(.internalError, "the queue store sent an unexpected reply")
        }
    }

    /// The problem for a failed MariaDB call.
    init(mysql error: MySQLError) {
        switch error {
        case .unavailable: self.init(.storeUnavailable, "the database is not reachable; nothing was changed")
        case .lost:
            self.init(.acceptanceUnknown, "the database did not answer; ask for the outcome before you send this again")
        case .refused where error.isContended:
            self.init(.storeUnavailable, "another request holds what this one needs; nothing was changed")
        case .refused where error.isServerFault:
            self.init(.storeUnavailable, "the database cannot work at the moment; nothing was changed")
        case .refused: self.init(.internalError, "the database refused a statement")
        }
    }
}

extension MySQLPool {
    /// Runs `work` on a connection, and converts its errors to problems.
    func ask<Value: Sendable>(
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Value
    ) async throws(Problem) -> Value {
        switch await attempt(work) {
        case .success(let value): return value
        case .failure(let error): throw Problem(mysql: error)
        }
    }
}
