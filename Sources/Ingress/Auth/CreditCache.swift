internal import Domain
internal import Platform

/// Updates Redis's copies of accounts from MariaDB.
final class CreditCache {
    private let cache: AccountCache
    private let mysql: MySQLPool
    private let logger: Logger

    init(redis: RedisStore, mysql: MySQLPool, logger: Logger) {
        cache = AccountCache(redis: redis, mysql: mysql)
        self.mysql = mysql
        self.logger = logger
    }

    /// Writes a new balance to Redis.
    ///
    /// If Redis is unavailable, the next request that lacks credits reads the balance from MariaDB.
    func update(_ account: Account) async {
        if case .failure(let error) = await cache.store(account) {
            logger.warning("a balance was not written to Redis", .id(account.organizationID), .error(error))
        }
    }

    /// Applies a change of rights to every ingress; returns after Redis has confirmed it.
    /// - Throws: `not_found` if there is no such organisation; `store_unavailable` if Redis has not confirmed: the
    ///   change is committed, but may not apply to every ingress yet.
    func confirm(_ id: OrganizationID) async throws(Problem) {
        let account = try await mysql.ask { connection throws(MySQLError) in try Account.read(id, connection) }
        guard let account else { throw .notFound("organisation") }
        if case .failure = await cache.store(account) {
            throw Problem(
                .storeUnavailable, "the change is made, but not confirmed on every server yet; send it again")
        }
    }
}
