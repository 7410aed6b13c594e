/// Credits that an operator gives to an organisation, once for each reference.
package struct Grant: Sendable {
    package static let amountCreditsMax: Int64 = 1_000_000_000
    package static let balanceCreditsMax: Int64 = 10_000_000_000_000

    package enum Failure: Error {
        case unknownOrganization
        /// The reference was used with another amount.
        case conflict(amountCredits: Int64)
        case balanceTooHigh
    }

    /// What a grant has led to.
    package struct Outcome: Sendable {
        package var account: Account
        package var createdAt: Timestamp
        /// The same grant had been made before.
        package var isReplay: Bool
    }

    package let organizationID: OrganizationID
    package let amountCredits: Int64
    package let reference: String

    package init(organizationID: OrganizationID, amountCredits: Int64, reference: String) {
        precondition((1...Self.amountCreditsMax).contains(amountCredits), "an amount out of bounds")
        self.organizationID = organizationID
        self.amountCredits = amountCredits
        self.reference = reference
    }

    /// Makes the grant, in one transaction.
    package func make(
        at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) -> Result<Outcome, Failure> {
        try connection.transaction { () throws(MySQLError) in
            guard let row = try connection.query(AccountStatements.lock, [.id(organizationID)]).first else {
                return .failure(.unknownOrganization)
            }
            var account = Account(
                organizationID: organizationID, balanceCredits: row.integer(0), creditsVersion: row.integer(1),
                isActive: row.text(2) == "active", authVersion: row.integer(3))
            let name = "grant:\(reference)"
            if let made = try connection.query(
                AccountStatements.grantByReference, [.id(organizationID), .text(name)]
            ).first {
                guard made.integer(0) == amountCredits else {
                    return .failure(.conflict(amountCredits: made.integer(0)))
                }
                return .success(Outcome(account: account, createdAt: made.time(1), isReplay: true))
            }
            if account.balanceCredits + amountCredits > Self.balanceCreditsMax { return .failure(.balanceTooHigh) }
            try connection.update(
                AccountStatements.entry,
                [
                    .id(organizationID), .text(name), .text("grant"), .integer(amountCredits), .null, .null,
                    .time(now),
                ])
            try connection.update(
                AccountStatements.change, [.integer(amountCredits), .time(now), .id(organizationID)])
            account.balanceCredits += amountCredits
            account.creditsVersion += 1
            return .success(Outcome(account: account, createdAt: now, isReplay: false))
        }
    }
}
