/// Statements on what is still to be deleted.
enum ErasureStatements {
    static func insert(_ count: Int) -> String {
        "INSERT INTO erasures (batch, kind, name, due_at) VALUES \(StatementSize.rows(count, columns: 4))"
    }

    static let due = "SELECT id, kind, name FROM erasures WHERE due_at <= ? ORDER BY due_at LIMIT 256"

    static func postpone(_ count: Int) -> String {
        "UPDATE erasures SET due_at = ? WHERE id IN (\(StatementSize.list(count)))"
    }

    static func remove(_ count: Int) -> String { "DELETE FROM erasures WHERE id IN (\(StatementSize.list(count)))" }

    static let removeBatch = "DELETE FROM erasures WHERE batch = ?"
}
