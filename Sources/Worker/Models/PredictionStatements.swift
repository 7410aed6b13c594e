/// Statements on predictions of hosted models, and on the renderers of organisations.
enum PredictionStatements {
    static let read = "SELECT prediction_id FROM cart_tryon_items WHERE id = ?"
    static let write = "UPDATE cart_tryon_items SET prediction_id = :prediction WHERE id = :id"
    static let renderer = "SELECT renderer FROM organizations WHERE id = ?"
}
