/// Statements that read a try-on's references.
enum ReferenceStatements {
    static let customer = """
        SELECT c.id, MAX(p.id) AS photo_id FROM external_customers c
        LEFT JOIN photos p ON p.customer_id = c.id AND p.deleted_at IS NULL
        WHERE c.organization_id = :organization AND c.environment = :environment AND c.external_id = :external_id
        GROUP BY c.id
        """
    static let photo = """
        SELECT c.external_id FROM photos p JOIN external_customers c ON c.id = p.customer_id
        WHERE p.organization_id = :organization AND p.environment = :environment AND p.id = :id AND p.deleted_at IS NULL
        """
    static let garment = """
        SELECT category FROM garments
        WHERE organization_id = :organization AND environment = :environment AND id = :id AND deleted_at IS NULL
        """
}
