/// Statements that read an organisation's account.
package enum AccountStatements {
    /// The columns that `Account` reads.
    package static let columns = "id, credits, credits_version, status, auth_version"
    static let read = "SELECT \(columns) FROM organizations WHERE id = ?"
    static let lock = "\(read) FOR UPDATE"
}
