internal import Shared

/// Runs a write of the database once for each idempotency key, and answers a replay as the first was answered.
///
/// The key's row and the effect are one transaction: neither is ever without the other.
final class IdempotentWrite {
    /// What is kept of an answer.
    struct Answer: Sendable {
        var status: HTTPStatus
        var location: String?
        var body: [UInt8]
        /// Whom or what it tells of: gone, the answer goes, too.
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

    /// Answers with what `work` gives, or with what it gave when the key was first used.
    func run(
        _ context: RequestContext, _ key: APIKey, route: StaticString, fingerprinting content: [UInt8],
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Result<Answer, Problem>
    ) async throws(Problem) -> HTTPResponse {
        let name = try IdempotencyKey(context, environment: key.environment, route: route, body: content)
        let slot = name.map { Slot(key: key, name: $0, now: context.now, secretKey: secretKey) }
        let attempt = await mysql.attempt { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> Result<(Answer, Bool), Problem> in
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
            if isReplay { response.set("Idempotent-Replayed", "true") }
            return response
        case .success(.failure(let problem)): throw problem
        case .failure(let error) where error.isContended && slot != nil:
            throw Problem(.idempotencyInProgress, "a request with this Idempotency-Key is under way")
                .retrying(afterSeconds: 1)
        case .failure(let error): throw Problem(mysql: error)
        }
    }

    /// The row of one key.
    private struct Slot: Sendable {
        let key: APIKey
        let name: IdempotencyKey
        let now: Timestamp
        let secretKey: SecretKey

        private var row: [MySQLValue] { [.id(key.organizationID), .text(key.environment.rawValue), .text(name.hash)] }

        /// Takes the row for this request; gives the answer where it was taken before.
        func take(_ connection: MySQLConnection) throws(MySQLError) -> Result<Answer, Problem>? {
            try connection.update(IdempotencyStatements.dropExpired, row + [.time(now)])
            do throws(MySQLError) {
                try connection.update(
                    IdempotencyStatements.insert,
                    row + [.text(name.fingerprint), .time(now), .time(now + IdempotencyKey.lifetime)])
                return nil
            } catch  where error.isDuplicate {
                guard let known = try connection.query(IdempotencyStatements.read, row).first else { return nil }
                guard known.text(0) == name.fingerprint else {
                    return .failure(
                        Problem(.idempotencyMismatch, "this Idempotency-Key was used with another body"))
                }
                guard let sealed = known.optionalBytes(1), let answer = open(sealed) else {
                    return .failure(Problem(.conflict, "what this Idempotency-Key made is gone"))
                }
                return .success(answer)
            }
        }

        func keep(_ answer: Answer, _ connection: MySQLConnection) throws(MySQLError) {
            let plain = Array("\(answer.status.code)\n\(answer.location ?? "")\n".utf8) + answer.body
            let sealed = secretKey.seal(plain, context: name.hash)
            try connection.update(IdempotencyStatements.answer, [.bytes(sealed), .optional(answer.subjectID)] + row)
        }

        private func open(_ sealed: [UInt8]) -> Answer? {
            guard let plain = secretKey.open(sealed, context: name.hash) else { return nil }
            let parts = plain.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let status: HTTPStatus = String(decoding: parts[0], as: UTF8.self) == "200" ? .ok : .created
            let location = String(decoding: parts[1], as: UTF8.self)
            return Answer(status: status, location: location.isEmpty ? nil : location, body: Array(parts[2]))
        }
    }
}
