internal import Shared

/// What a tenant's credits stand at.
final class CreditsHandler {
    private let gate: Gatekeeper
    private let mysql: MySQLPool
    private let redis: RedisConnection
    private let keys: RedisKeys

    init(gate: Gatekeeper, mysql: MySQLPool, redis: RedisConnection, keys: RedisKeys) {
        self.gate = gate
        self.mysql = mysql
        self.redis = redis
        self.keys = keys
    }

    /// The balance is MariaDB's; what is held for sessions that are not charged yet is Redis's.
    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .creditsRead)
        let account = try await mysql.ask { connection throws(MySQLError) in
            try Account.read(key.organizationID, connection)
        }
        guard let account else { throw .notFound("organisation") }
        let held: Int64
        do throws(RedisError) {
            let name = keys.credits(key.organizationID)
            held = try await redis.send(RedisCommand(["HGET", name, "held"])).integer ?? 0
        } catch {
            throw Problem(redis: error)
        }
        var json = JSONWriter()
        json.object { json in
            json.field("balance", account.balanceCredits)
            json.field("held", held)
            json.field("available", max(0, account.balanceCredits - held))
        }
        return HTTPResponse(.ok, type: "application/json", body: json.bytes)
    }
}
