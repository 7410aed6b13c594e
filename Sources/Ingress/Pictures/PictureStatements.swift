/// Statements on photographs and garments.
enum PictureStatements {
    static let customer = """
        SELECT id FROM external_customers WHERE organization_id = ? AND environment = ? AND external_id = ? FOR UPDATE
        """
    static let insertPhoto = """
        INSERT INTO photos (id, organization_id, environment, customer_id, object_path, media_type, width, height, bytes,
            sha256, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let insertGarment = """
        INSERT INTO garments (id, organization_id, environment, category, object_path, media_type, width, height, bytes,
            sha256, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let photosOf = "SELECT id, object_path FROM photos WHERE customer_id = ?"
    static let deletePhotos = "UPDATE photos SET deleted_at = ? WHERE customer_id = ? AND deleted_at IS NULL"
    static let resultsOf = """
        SELECT i.result_path FROM cart_tryon_items i JOIN cart_tryon_sessions s ON s.id = i.session_id
        WHERE s.organization_id = ? AND s.environment = ? AND s.customer_id = ? AND i.result_path IS NOT NULL
        """
    static let forgetResults = """
        UPDATE cart_tryon_items i JOIN cart_tryon_sessions s ON s.id = i.session_id SET i.result_path = NULL
        WHERE s.organization_id = ? AND s.environment = ? AND s.customer_id = ?
        """
    static let forgetSessions = """
        UPDATE cart_tryon_sessions SET customer_id = '', metadata = '{}'
        WHERE organization_id = ? AND environment = ? AND customer_id = ?
        """
}
