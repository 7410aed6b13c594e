/// Statements on photographs and garments.
enum PictureStatements {
    static let customer = """
        SELECT id FROM external_customers
        WHERE organization_id = :organization AND environment = :environment AND external_id = :external_id FOR UPDATE
        """
    static let insertPhoto = """
        INSERT INTO photos (id, organization_id, environment, customer_id, object_path, media_type, width, height, bytes,
            sha256, created_at)
        VALUES (:id, :organization, :environment, :customer, :path, :media_type, :width, :height, :bytes, :digest, :now)
        """
    static let insertGarment = """
        INSERT INTO garments (id, organization_id, environment, category, object_path, media_type, width, height, bytes,
            sha256, created_at)
        VALUES (:id, :organization, :environment, :category, :path, :media_type, :width, :height, :bytes, :digest, :now)
        """
}
