internal import Domain
internal import Platform

/// Keeps Redis's copies of accounts up to what MariaDB says.
final class CreditCache {
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let logger: Logger

    init(redis: RedisStore, mysql: MySQLPool, logger: Logger) {
        self.redis = redis
        self.mysql = mysql
        self.logger = logger
    }

    /// Writes a new balance to Redis.
    ///
    /// If Redis cannot be reached, the next request that lacks credits asks MariaDB.
    func update(_ account: Account) async {
        do throws(RedisError) {
            try await account.learn(redis)
        } catch {
            logger.warning("a balance was not written to Redis", .id(account.organizationID), .error(error))
        }
    }

    /// Makes a change of rights hold on every ingress: returns when Redis has confirmed it.
    /// - Throws: if Redis has not: the change is made, but may not hold everywhere yet.
    func confirm(_ id: OrganizationID) async throws(Problem) {
        let account = try await mysql.ask { connection throws(MySQLError) in try Account.read(id, connection) }
        guard let account else { throw .notFound("organisation") }
        do throws(RedisError) {
            try await account.learn(redis)
        } catch {
            throw Problem(
                .storeUnavailable, "the change is made, but not confirmed on every server yet; send it again")
        }
    }
}
