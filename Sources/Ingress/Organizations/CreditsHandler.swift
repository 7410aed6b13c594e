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
        let held = try await held(account, key)
        return .json { json in
            json.field("balance", account.balanceCredits)
            json.field("held", held)
            json.field("available", account.balanceCredits - held)
        }
    }

    /// The credits held for sessions that are not charged yet.
    ///
    /// A session that was charged a moment ago may still have its hold: then Redis's balance is higher by its cost.
    private func held(_ account: Account, _ key: APIKey) async throws(Problem) -> Int64 {
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await redis.send(
                RedisCommand(["HMGET", key.names.credits, "held", "balance", "version"]), to: key.names.slot)
        } catch {
            throw Problem(redis: error)
        }
        let numbers = (reply.elements ?? []).map { $0.integer ?? 0 }
        guard numbers.count == 3 else { return 0 }
        let charged = numbers[2] < account.creditsVersion ? max(0, numbers[1] - account.balanceCredits) : 0
        return numbers[0] - charged
    }
}
