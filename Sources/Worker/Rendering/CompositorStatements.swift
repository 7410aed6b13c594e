/// Statements that find the pictures of an item.
enum CompositorStatements {
    static let photo = "SELECT object_path FROM photos WHERE id = ? AND deleted_at IS NULL"
    static let garment = "SELECT object_path FROM garments WHERE id = ? AND deleted_at IS NULL"
}
