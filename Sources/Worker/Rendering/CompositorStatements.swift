/// Where the pictures of an item are.
enum CompositorStatements {
    static let photo = "SELECT object_path FROM photos WHERE id = ? AND deleted_at IS NULL"
    static let garment = "SELECT object_path FROM garments WHERE id = ? AND deleted_at IS NULL"
}
