/// What MariaDB says of an organisation's money and of its right to use it.
package struct Account: Hashable, Sendable {
    package var organizationID: OrganizationID
    package var balanceCredits: Int64
    package var creditsVersion: Int64
    package var isActive: Bool
    package var authVersion: Int64

    package init(
        organizationID: OrganizationID, balanceCredits: Int64, creditsVersion: Int64, isActive: Bool,
        authVersion: Int64
    ) {
        self.organizationID = organizationID
        self.balanceCredits = balanceCredits
        self.creditsVersion = creditsVersion
        self.isActive = isActive
        self.authVersion = authVersion
    }

    /// Reads an account; nil where there is no such organisation.
    package static func read(
        _ id: OrganizationID, _ connection: MySQLConnection
    ) throws(MySQLError) -> Account? {
        let rows = try connection.query(AccountStatements.read, [.id(id)])
        return rows.first.map { row in
            Account(
                organizationID: id, balanceCredits: row.integer(0), creditsVersion: row.integer(1),
                isActive: row.text(2) == "active", authVersion: row.integer(3))
        }
    }

    /// Brings the mirror in Redis up to this; `ahead` is a version of it that is later than MariaDB's.
    package func learn(
        _ redis: RedisConnection, _ keys: RedisKeys, settingBack ahead: Int64? = nil
    ) async throws(RedisError) {
        _ = try await redis.run(LearnScript.script, keys: [keys.credits(organizationID)]) { command in
            command.append(balanceCredits)
            command.append(creditsVersion)
            command.append(isActive ? "active" : "suspended")
            command.append(authVersion)
            command.append(ahead.map(String.init) ?? "")
        }
    }
}
