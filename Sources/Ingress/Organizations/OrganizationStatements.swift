/// Statements on organisations.
enum OrganizationStatements {
    private static let columns = """
        id, name, billing_email, plan, status, credits, low_credits_threshold, created_at, updated_at
        """
    static let insert = """
        INSERT INTO organizations (id, name, billing_email, plan, created_at, updated_at)
        VALUES (:id, :name, :billing_email, :plan, :now, :now)
        """
    static let read = "SELECT \(columns) FROM organizations WHERE id = ?"
    static let list = "SELECT \(columns) FROM organizations WHERE id < :before ORDER BY id DESC LIMIT :limit"
    static let update = """
        UPDATE organizations SET name = COALESCE(:name, name), billing_email = COALESCE(:billing_email, billing_email),
            plan = COALESCE(:plan, plan), status = COALESCE(:status, status),
            low_credits_threshold = IF(:changes_threshold, :threshold, low_credits_threshold), auth_version = auth_version + 1,
            updated_at = :now
        WHERE id = :id
        """
}
