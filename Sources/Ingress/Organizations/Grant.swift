internal import Domain
internal import Platform

/// A grant of credits to an organisation, made once for each reference.
struct Grant: Sendable {
    static let amountCreditsMax: Int64 = 1_000_000_000
    static let balanceCreditsMax: Int64 = 10_000_000_000_000

    enum Failure: Error {
        case unknownOrganization
        /// The reference was used with another amount.
        case conflict(amountCredits: Int64)
        case balanceTooHigh
    }

    /// The result of a grant.
    struct Outcome: Sendable {
        var account: Account
        var createdAt: Timestamp
        /// Whether the same grant was made before.
        var isReplay: Bool
    }

    let organizationID: OrganizationID
    let amountCredits: Int64
    let reference: String

    init(organizationID: OrganizationID, amountCredits: Int64, reference: String) {
        precondition((1...Self.amountCreditsMax).contains(amountCredits), "an amount out of bounds")
        self.organizationID = organizationID
        self.amountCredits = amountCredits
        self.reference = reference
    }

    /// Makes the grant, in one transaction.
    func make(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) -> Result<Outcome, Failure> {
        try connection.transactionOrRollback { () throws(MySQLError) in
            guard var account = try Account.lock(organizationID, connection) else {
                return .failure(.unknownOrganization)
            }
            let name = "grant:\(reference)"
            if let made = try connection.query(
                GrantStatements.find, ["organization": .id(organizationID), "reference": .text(name)]
            ).first {
                let amount = made.integer("amount")
                guard amount == amountCredits else { return .failure(.conflict(amountCredits: amount)) }
                return .success(Outcome(account: account, createdAt: made.time("created_at"), isReplay: true))
            }
            if account.balanceCredits + amountCredits > Self.balanceCreditsMax { return .failure(.balanceTooHigh) }
            let entry = LedgerEntry(
                organizationID: organizationID, reference: name, kind: .grant, amountCredits: amountCredits,
                createdAt: now)
            try connection.insert([entry], LedgerStatements.insert)
            try connection.update(
                GrantStatements.raiseCredits,
                ["amount": .integer(amountCredits), "now": .time(now), "id": .id(organizationID)])
            account.balanceCredits += amountCredits
            account.creditsVersion += 1
            return .success(Outcome(account: account, createdAt: now, isReplay: false))
        }
    }
}
