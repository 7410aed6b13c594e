internal import Domain
internal import Platform

/// The locked accounts of a group of sessions, and the group's changes to them.
struct LockedAccounts {
    private var accounts: [OrganizationID: Account] = [:]
    private var changes: [OrganizationID: Int64] = [:]

    /// Locks the organisations in the order of their ids.
    init(locking ids: [OrganizationID], _ connection: MySQLConnection) throws(MySQLError) {
        let ids = BatchSize.padded(Set(ids).sorted())
        guard !ids.isEmpty else { return }
        for row in try connection.query(TryOnStatements.lockOrganizations(ids.count), ids.map { .id($0) }) {
            let account = Account(row)
            accounts[account.organizationID] = account
        }
    }

    subscript(_ id: OrganizationID) -> Account? { accounts[id] }

    /// The bounds that the balance of an account has crossed in this transaction.
    func crossings(of id: OrganizationID) -> [BalanceCrossing] {
        guard let account = accounts[id], let change = changes[id], change < 0 else { return [] }
        return BalanceCrossing.all(from: account.balanceCredits - change, account)
    }

    /// Charges credits.
    /// - Returns: false if the account has too few, or does not exist.
    mutating func charge(_ id: OrganizationID, _ amount: Int64) -> Bool {
        guard let account = accounts[id], account.balanceCredits >= amount else { return false }
        change(id, by: -amount)
        return true
    }

    mutating func refund(_ id: OrganizationID, _ amount: Int64) {
        change(id, by: amount)
    }

    /// The version rises once per transaction, as in `TryOnStatements.changeBalances`.
    private mutating func change(_ id: OrganizationID, by amount: Int64) {
        guard amount != 0, var account = accounts[id] else { return }
        account.balanceCredits += amount
        if changes[id] == nil { account.creditsVersion += 1 }
        changes[id, default: 0] += amount
        accounts[id] = account
    }

    /// Writes all changes in one statement of a fixed size.
    func write(_ connection: MySQLConnection) throws(MySQLError) {
        let changed = changes.sorted { $0.key < $1.key }.map {
            BalanceChange(organizationID: $0.key, amountCredits: $0.value)
        }
        try connection.update(changed, TryOnStatements.changeBalances)
    }
}

/// What a transaction adds to one balance.
struct BalanceChange {
    let organizationID: OrganizationID
    let amountCredits: Int64
}
