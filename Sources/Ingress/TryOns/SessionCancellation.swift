internal import Domain
internal import Platform

/// Cancels sessions for their owners.
final class SessionCancellation {
    /// What a cancellation has reached.
    enum Outcome {
        /// The session is canceled.
        case canceled(SessionView)
        /// Items that are not started will be canceled.
        case requested(SessionView)
    }

    private static let triesMax = 3
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let sessions: SessionFinder

    init(redis: RedisStore, mysql: MySQLPool, sessions: SessionFinder) {
        self.redis = redis
        self.mysql = mysql
        self.sessions = sessions
    }

    /// Cancels a session; a canceled one stays as it is.
    /// - Throws: `not_found`, or `conflict` if it has ended otherwise.
    func cancel(_ id: SessionID, _ key: APIKey) async throws(Problem) -> Outcome {
        for _ in 0..<Self.triesMax {
            guard var view = try await sessions.find(id, key) else { throw .notFound("cart try-on") }
            if view.status == .canceled { return .canceled(view) }
            if view.status.isTerminal { throw Self.ended(view) }
            let reply: CancelScript.Reply
            do throws(RedisError) {
                reply = try await CancelScript(id: id, names: key.names).run(redis)
            } catch {
                throw Problem(redis: error)
            }
            switch reply {
            case .waiting:
                // A row that waits has the mark, too, in case Redis loses it.
                _ = try await request(id, key)
                view.cancel()
                return .canceled(view)
            case .claimed:
                _ = try await request(id, key)
                return .requested(view)
            // It has ended since it was found, or Redis has lost it.
            case .unknown: if try await request(id, key) { return .requested(view) }
            }
        }
        throw Problem(.storeUnavailable, "the session changes at the moment; send this again")
    }

    /// Marks the row of an open session.
    /// - Returns: false if there is no such row.
    private func request(_ id: SessionID, _ key: APIKey) async throws(Problem) -> Bool {
        let tenant = key.tenant
        return try await mysql.ask { connection throws(MySQLError) in
            try connection.update(CancelStatements.request, tenant + ["id": .id(id)]) > 0
        }
    }

    private static func ended(_ view: SessionView) -> Problem {
        var problem = Problem(.conflict, "the session has ended as \(view.status.rawValue), and cannot be canceled")
        problem.sessionID = view.id
        problem.sessionStatus = view.status
        return problem
    }
}
