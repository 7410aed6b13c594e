internal import Shared

/// The accounts of a group, locked, and what the group does to them.
struct AccountBook {
    private var accounts: [OrganizationID: Account] = [:]
    private var changes: [OrganizationID: Int64] = [:]

    /// Locks the organisations in order of their identities.
    init(locking ids: [OrganizationID], _ connection: MySQLConnection) throws(MySQLError) {
        let ids = StatementSize.padded(Set(ids).sorted())
        guard !ids.isEmpty else { return }
        let rows = try connection.query(SessionStatements.lockOrganizations(ids.count), ids.map { .id($0) })
        for row in rows {
            let id: OrganizationID = row.id(0)
            accounts[id] = Account(
                organizationID: id, balanceCredits: row.integer(1), creditsVersion: row.integer(2),
                isActive: row.text(3) == "active", authVersion: row.integer(4))
        }
    }

    subscript(_ id: OrganizationID) -> Account? { accounts[id] }

    /// Takes credits; false where there are not enough.
    mutating func charge(_ id: OrganizationID, _ amount: Int64) -> Bool {
        guard let account = accounts[id], account.balanceCredits >= amount else { return false }
        change(id, by: -amount)
        return true
    }

    mutating func refund(_ id: OrganizationID, _ amount: Int64) {
        change(id, by: amount)
    }

    /// The version rises once a transaction, as the statement raises it.
    private mutating func change(_ id: OrganizationID, by amount: Int64) {
        guard amount != 0, var account = accounts[id] else { return }
        account.balanceCredits += amount
        if changes[id] == nil { account.creditsVersion += 1 }
        changes[id, default: 0] += amount
        accounts[id] = account
    }

    /// Writes the changes, all in one statement of a fixed size.
    func write(_ connection: MySQLConnection) throws(MySQLError) {
        let changed = StatementSize.padded(changes.sorted { $0.key < $1.key })
        guard !changed.isEmpty else { return }
        try connection.update(
            SessionStatements.changeBalances(changed.count),
            changed.flatMap { [MySQLValue.id($0.key), .integer($0.value)] } + changed.map { .id($0.key) })
    }
}
