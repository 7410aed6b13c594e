/// Statements that read an organisation's account.
package enum AccountStatements {
    /// The columns that `Account` reads.
    package static let columns = "id, credits, credits_version, status, auth_version, low_credits_threshold"
    static let read = "SELECT \(columns) FROM organizations WHERE id = ?"
    static let raiseVersions = """
        UPDATE organizations SET credits_version = GREATEST(credits_version, :credits) + 1,
            auth_version = GREATEST(auth_version, :auth) + 1
        WHERE id = :id
        """
    static let lock = "\(read) FOR UPDATE"
}
