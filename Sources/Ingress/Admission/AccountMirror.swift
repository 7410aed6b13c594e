internal import Shared

/// Keeps Redis's mirror of accounts up to what MariaDB says.
final class AccountMirror {
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let mysql: MySQLPool
    private let logger: Logger

    init(redis: RedisConnection, keys: RedisKeys, mysql: MySQLPool, logger: Logger) {
        self.redis = redis
        self.keys = keys
        self.mysql = mysql
        self.logger = logger
    }

    /// Tells Redis of a new balance.
    ///
    /// Where it cannot be told now, the next request that misses credits asks MariaDB.
    func tell(_ account: Account) async {
        do throws(RedisError) {
            try await account.learn(redis, keys)
        } catch {
            logger.warning("a balance was not mirrored", .id(account.organizationID), .error(error))
        }
    }

    /// Brings a change of rights to every ingress, and returns when Redis has confirmed it.
    /// - Throws: where it has not: the change is made, but may not hold everywhere yet.
    func confirm(_ id: OrganizationID) async throws(Problem) {
        let account = try await mysql.ask { connection throws(MySQLError) in try Account.read(id, connection) }
        guard let account else { throw .notFound("organisation") }
        do throws(RedisError) {
            try await account.learn(redis, keys)
        } catch {
            throw Problem(
                .storeUnavailable, "the change is made, but not confirmed on every server yet; send it again")
        }
    }
}
