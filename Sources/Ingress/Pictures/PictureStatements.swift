/// Statements on photographs and garments.
enum PictureStatements {
    static let customer = """
        SELECT id FROM external_customers
        WHERE organization_id = :organization AND environment = :environment AND external_id = :external_id FOR UPDATE
        """
    static let insertPhoto = """
        INSERT INTO photos (id, organization_id, environment, customer_id, object_path, media_type, width, height, bytes,
            sha256, created_at, has_renditions, face_x, face_y, face_width, face_height, face_confidence)
        VALUES (:id, :organization, :environment, :customer, :path, :media_type, :width, :height, :bytes, :digest, :now,
            1, :face_x, :face_y, :face_width, :face_height, :face_confidence)
        """
    static let insertGarment = """
        INSERT INTO garments (id, organization_id, environment, category, object_path, media_type, width, height, bytes,
            sha256, created_at, has_small)
        VALUES (:id, :organization, :environment, :category, :path, :media_type, :width, :height, :bytes, :digest, :now,
            :has_small)
        """

    private static let photoColumns = """
        p.id, p.object_path, p.width, p.height, p.bytes, p.sha256, p.created_at, p.face_x, p.face_y, p.face_width,
        p.face_height
        """
    private static let photosOfCustomer = """
        FROM external_customers c JOIN photos p ON p.customer_id = c.id AND p.deleted_at IS NULL
        WHERE c.organization_id = :organization AND c.environment = :environment AND c.external_id = :external_id
        """
    static let photos = """
        SELECT \(photoColumns) \(photosOfCustomer) AND p.id < :before ORDER BY p.id DESC LIMIT :limit
        """
    static let photo = "SELECT \(photoColumns) \(photosOfCustomer) AND p.id = :id"
    /// The photo that is the newest after the deletion of another one.
    static let newestPhoto = "SELECT MAX(p.id) AS id \(photosOfCustomer)"
    static let hasCustomer = """
        SELECT id FROM external_customers
        WHERE organization_id = :organization AND environment = :environment AND external_id = :external_id
        """
    static let deletePhoto = "UPDATE photos SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL"

    private static let garmentColumns = "id, object_path, category, width, height, bytes, sha256, created_at"
    private static let ofTenant = """
        FROM garments WHERE organization_id = :organization AND environment = :environment AND deleted_at IS NULL
        """
    static let garments = """
        SELECT \(garmentColumns) \(ofTenant) AND id < :before ORDER BY id DESC LIMIT :limit
        """
    static let garment = "SELECT \(garmentColumns) \(ofTenant) AND id = :id"
    static let lockGarment = "\(garment) FOR UPDATE"
    static let deleteGarment = "UPDATE garments SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL"
}
