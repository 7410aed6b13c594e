package import Platform

/// Redis's copies of accounts, which admission and authentication read.
package struct AccountCache {
    /// Why a copy was not updated.
    package enum Failure: Error, Hashable, Sendable {
        case redis(RedisError)
        case mysql(MySQLError)
        /// MariaDB's versions did not get ahead of the copy, because both keep changing.
        case unstable
    }

    private static let triesMax = 5
    private let redis: RedisStore
    private let mysql: MySQLPool

    package init(redis: RedisStore, mysql: MySQLPool) {
        self.redis = redis
        self.mysql = mysql
    }

    /// Writes what MariaDB has to the copy of an account, and returns after Redis has confirmed it.
    ///
    /// A copy that is ahead of MariaDB (after a restore or failover of the database) would hide every later change. Then
    /// MariaDB's versions are raised above those of the copy, so that the copy and every cached key are replaced.
    /// - Returns: the account, whose versions may be higher now.
    // A result, not a typed throw: docs/decisions/0002.
    package func store(_ account: Account) async -> Result<Account, Failure> {
        var account = account
        for _ in 0..<Self.triesMax {
            let copy: AccountCacheScript.Copy
            do throws(RedisError) {
                copy = try await AccountCacheScript(account: account).run(redis)
            } catch {
                return .failure(.redis(error))
            }
            guard copy.isAhead(of: account) else { return .success(account) }
            let id = account.organizationID
            switch await mysql.attempt({ connection throws(MySQLError) in
                try Self.overtake(copy, id, connection)
            }) {
            case .success(let raised?): account = raised
            // The organisation is gone.
            case .success(nil): return .success(account)
            case .failure(let error): return .failure(.mysql(error))
            }
        }
        return .failure(.unstable)
    }

    /// Raises MariaDB's versions above those of a copy, unless they are no longer behind it.
    private static func overtake(
        _ copy: AccountCacheScript.Copy, _ id: OrganizationID, _ connection: MySQLConnection
    ) throws(MySQLError) -> Account? {
        try connection.transaction { () throws(MySQLError) in
            guard let account = try Account.lock(id, connection), copy.isAhead(of: account) else {
                return try Account.read(id, connection)
            }
            try connection.update(
                AccountStatements.raiseVersions,
                [
                    "credits": .integer(copy.creditsVersion), "auth": .integer(copy.authVersion), "id": .id(id),
                ])
            return try Account.read(id, connection)
        }
    }
}
