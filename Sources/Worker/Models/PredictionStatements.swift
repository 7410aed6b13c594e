internal import Platform

/// Statements on predictions of hosted models, and on the renderers of organisations.
enum PredictionStatements {
    static let read = "SELECT prediction_id FROM cart_tryon_items WHERE id = ?"
    static let write = """
        UPDATE cart_tryon_items i JOIN cart_tryon_sessions s ON s.id = i.session_id SET i.prediction_id = :prediction
        WHERE i.id = :id AND s.status = 'processing' AND s.owner = :owner
        """
    static let forget = """
        UPDATE cart_tryon_items i JOIN cart_tryon_sessions s ON s.id = i.session_id SET i.prediction_id = NULL
        WHERE i.id = :id AND i.prediction_id = :prediction AND s.status = 'processing' AND s.owner = :owner
        """
    static let renderer = "SELECT renderer FROM organizations WHERE id = ?"

    static func renderers(_ count: Int) -> String {
        "SELECT id, renderer FROM organizations WHERE id IN (\(BatchSize.list(count)))"
    }
}
