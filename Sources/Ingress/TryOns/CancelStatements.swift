/// Statements that cancel sessions.
enum CancelStatements {
    /// Read by the transaction that charges or takes over the session.
    static let request = """
        UPDATE cart_tryon_sessions SET cancel_requested = 1
        WHERE organization_id = :organization AND environment = :environment AND id = :id
            AND status IN ('queued', 'processing')
        """
}
