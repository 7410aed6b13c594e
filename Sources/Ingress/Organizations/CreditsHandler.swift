internal import Domain
internal import Platform

/// Handles the endpoint for a tenant's credits.
final class CreditsHandler {
    private let mysql: MySQLPool
    private let redis: RedisStore

    init(mysql: MySQLPool, redis: RedisStore) {
        self.mysql = mysql
        self.redis = redis
    }

    /// Reads the balance from MariaDB, and the credits held for sessions that are not charged yet from Redis.
    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let key = context.key
        let account = try await mysql.ask { connection throws(MySQLError) in
            try Account.read(key.organizationID, connection)
        }
        guard let account else { throw .notFound("organisation") }
        let held: Int64
        do throws(RedisError) {
            held =
                try await redis.send(RedisCommand(["HGET", key.names.credits, "held"]), to: key.names.slot)
                .integer ?? 0
        } catch {
            throw Problem(redis: error)
        }
        return .json { json in
            json.field("balance", account.balanceCredits)
            json.field("held", held)
            json.field("available", account.balanceCredits - held)
        }
    }
}
