/// Statements that find the pictures of an item.
enum CompositorStatements {
    static let photo = """
        SELECT object_path, has_renditions, width, height, face_x, face_y, face_width, face_height FROM photos
        WHERE id = ? AND deleted_at IS NULL
        """
    static let garment = "SELECT object_path, has_small FROM garments WHERE id = ? AND deleted_at IS NULL"
}
