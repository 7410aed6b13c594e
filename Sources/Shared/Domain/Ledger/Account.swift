package import Platform

/// An organisation's credits and status, as MariaDB has them.
package struct Account: Hashable, Sendable {
    package var organizationID: OrganizationID
    package var balanceCredits: Int64
    /// Incremented by every change of the balance.
    package var creditsVersion: Int64
    package var isActive: Bool
    /// Incremented by every change of the organisation's rights or keys.
    package var authVersion: Int64

    /// A balance that falls below it is reported; nil: none is.
    package var lowCreditsThreshold: Int64?

    /// Reads the columns of `AccountStatements`.
    package init(_ row: MySQLRow) {
        organizationID = row.id("id")
        balanceCredits = row.integer("credits")
        creditsVersion = row.integer("credits_version")
        isActive = row.text("status") == "active"
        authVersion = row.integer("auth_version")
        lowCreditsThreshold = row.optionalInteger("low_credits_threshold")
    }

    /// Reads an account; nil if there is no such organisation.
    package static func read(_ id: OrganizationID, _ connection: MySQLConnection) throws(MySQLError) -> Account? {
        try connection.query(AccountStatements.read, [.id(id)]).first.map(Account.init)
    }

    /// Reads an account and locks its row; nil if there is no such organisation.
    package static func lock(_ id: OrganizationID, _ connection: MySQLConnection) throws(MySQLError) -> Account? {
        try connection.query(AccountStatements.lock, [.id(id)]).first.map(Account.init)
    }
}
