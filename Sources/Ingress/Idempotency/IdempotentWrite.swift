internal import Domain
internal import Platform

/// Runs a database write once for each idempotency key, and answers a replay with the first response.
///
/// The key's row and the effect are written in one transaction, so neither exists without the other.
final class IdempotentWrite {
    /// The stored part of a response.
    struct Answer: Sendable {
        var status: HTTPStatus
        var location: String?
        var body: [UInt8]
        /// The id of the entity that the answer is about; erasing the entity erases the answer, too.
        var subjectID: String?

        var response: HTTPResponse {
            var response = HTTPResponse(status, type: "application/json", body: body)
            if let location { response.set("Location", location) }
            return response
        }
    }

    private let mysql: MySQLPool
    private let secretKey: SecretKey

    init(mysql: MySQLPool, secretKey: SecretKey) {
        self.mysql = mysql
        self.secretKey = secretKey
    }

    /// Runs `work` and responds with its answer; responds to a replay with the stored answer.
    func run(
        _ context: KeyContext, route: StaticString, fingerprinting content: [UInt8],
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        let name = try IdempotencyKey(context, route: route, body: content)
        let slot = name.map { Slot(key: context.key, name: $0, now: context.now, secretKey: secretKey) }
        let attempt = await mysql.attempt { connection throws(MySQLError) in
            try connection.transactionOrRollback { () throws(MySQLError) -> Result<(Answer, Bool), Problem> in
                if let slot, let known = try slot.take(connection) { return known.map { ($0, true) } }
                switch try work(connection) {
                case .failure(let problem): return .failure(problem)
                case .success(let answer):
                    try slot?.keep(answer, connection)
                    return .success((answer, false))
                }
            }
        }
        switch attempt {
        case .success(.success((let answer, let isReplay))):
            var response = answer.response
            if isReplay { response.set("Idempotent-Replayed", static: "true") }
            return response
        case .success(.failure(let problem)): throw problem
        case .failure(let error) where error.isContended && slot != nil:
            throw Problem(.idempotencyInProgress, "a request with this Idempotency-Key is in progress")
                .retrying(afterSeconds: 1)
        case .failure(let error): throw Problem(mysql: error)
        }
    }

    /// The row of one idempotency key.
    private struct Slot: Sendable {
        let key: APIKey
        let name: IdempotencyKey
        let now: Timestamp
        let secretKey: SecretKey

        private var organization: MySQLValue { .id(key.organizationID) }
        private var environment: MySQLValue { .text(key.environment.rawValue) }
        private var hash: MySQLValue { .text(name.hash) }

        /// Inserts the row for this request; returns the stored answer if the row exists.
        func take(_ connection: MySQLConnection) throws(MySQLError) -> Result<Answer, Problem>? {
            try connection.update(
                IdempotencyStatements.dropExpired,
                ["organization": organization, "environment": environment, "hash": hash, "now": .time(now)])
            do throws(MySQLError) {
                try connection.update(
                    IdempotencyStatements.insert,
                    [
                        "organization": organization, "environment": environment, "hash": hash,
                        "fingerprint": .text(name.fingerprint), "now": .time(now),
                        "expires_at": .time(now + IdempotencyKey.lifetime),
                    ])
                return nil
            } catch  where error.isDuplicate {
                let rows = try connection.query(
                    IdempotencyStatements.read,
                    ["organization": organization, "environment": environment, "hash": hash])
                return rows.first.map(answer)
            }
        }

        private func answer(_ row: MySQLRow) -> Result<Answer, Problem> {
            guard row.text("fingerprint") == name.fingerprint else {
                return .failure(Problem(.idempotencyMismatch, "this Idempotency-Key was used with another body"))
            }
            guard let sealed = row.optionalBytes("answer"), let answer = open(sealed) else {
                return .failure(Problem(.conflict, "what was made under this Idempotency-Key has been deleted"))
            }
            return .success(answer)
        }

        func keep(_ answer: Answer, _ connection: MySQLConnection) throws(MySQLError) {
            let plain = Array("\(answer.status.code)\n\(answer.location ?? "")\n".utf8) + answer.body
            let sealed = secretKey.seal(plain, context: name.hash)
            try connection.update(
                IdempotencyStatements.answer,
                [
                    "answer": .bytes(sealed), "subject": .optional(answer.subjectID), "organization": organization,
                    "environment": environment, "hash": hash,
                ])
        }

        private func open(_ sealed: [UInt8]) -> Answer? {
            guard let plain = secretKey.open(sealed, context: name.hash) else { return nil }
            let parts = plain.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let code = String(decoding: parts[0], as: UTF8.self)
            guard let status = [HTTPStatus.ok, .created, .accepted].first(where: { "\($0.code)" == code }) else {
                return nil
            }
            let location = String(decoding: parts[1], as: UTF8.self)
            return Answer(status: status, location: location.isEmpty ? nil : location, body: Array(parts[2]))
        }
    }
}
