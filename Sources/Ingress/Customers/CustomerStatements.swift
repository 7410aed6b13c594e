/// Statements on customers.
enum CustomerStatements {
    private static let columns = "id, external_id, email, phone, name, metadata, created_at, updated_at"
    static let insert = """
        INSERT INTO external_customers (id, organization_id, environment, external_id, email, phone, name, metadata,
            created_at, updated_at)
        VALUES (:id, :organization, :environment, :external_id, :email, :phone, :name, :metadata, :now, :now)
        """
    static let read = """
        SELECT \(columns) FROM external_customers
        WHERE organization_id = :organization AND environment = :environment AND external_id = :external_id
        """
    static let lock = "\(read) FOR UPDATE"
    static let list = """
        SELECT \(columns) FROM external_customers
        WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL AND id < :before
        ORDER BY id DESC LIMIT :limit
        """
    static let update = """
        UPDATE external_customers SET email = :email, phone = :phone, name = :name, metadata = :metadata,
            updated_at = :now WHERE id = :id
        """
}
