package import Platform

/// What MariaDB says of an organisation's credits and of its right to use them.
package struct Account: Hashable, Sendable {
    package var organizationID: OrganizationID
    package var balanceCredits: Int64
    /// Raised by every change of the balance.
    package var creditsVersion: Int64
    package var isActive: Bool
    /// Raised by every change of the organisation's rights or keys.
    package var authVersion: Int64

    /// Reads the columns of `AccountStatements`.
    package init(_ row: MySQLRow) {
        organizationID = row.id("id")
        balanceCredits = row.integer("credits")
        creditsVersion = row.integer("credits_version")
        isActive = row.text("status") == "active"
        authVersion = row.integer("auth_version")
    }

    /// Reads an account; nil if there is no such organisation.
    package static func read(_ id: OrganizationID, _ connection: MySQLConnection) throws(MySQLError) -> Account? {
        try connection.query(AccountStatements.read, [.id(id)]).first.map(Account.init)
    }

    /// Reads an account and locks its row; nil if there is no such organisation.
    package static func lock(_ id: OrganizationID, _ connection: MySQLConnection) throws(MySQLError) -> Account? {
        try connection.query(AccountStatements.lock, [.id(id)]).first.map(Account.init)
    }

    // MARK: Redis's copy

    /// Brings Redis's copy up to this account.
    ///
    /// `ahead` is the authorisation version of a copy that was found ahead of MariaDB's.
    package func learn(_ redis: RedisStore, settingBack ahead: Int64? = nil) async throws(RedisError) {
        try await LearnScript(account: self, versionAhead: ahead).run(redis)
    }

    /// Releases the holds of these sessions in Redis, and brings the balance up to this account.
    package func settle(_ sessions: [SessionID], _ redis: RedisStore) async throws(RedisError) {
        try await SettleScript(account: self, sessions: sessions).run(redis)
    }
}
