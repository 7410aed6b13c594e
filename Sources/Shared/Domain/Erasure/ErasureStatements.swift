internal import Platform

/// Statements on the erasure lists.
enum ErasureStatements {
    static let insert = InsertStatement<ErasureList.Row>(
        into: "erasures",
        [
            ("batch", { .text($0.batch) }),
            ("kind", { .text($0.entry.kind.rawValue) }),
            ("name", { .text($0.entry.name) }),
            ("due_at", { .time($0.dueAt) }),
        ])

    static let due = "SELECT id, kind, name FROM erasures WHERE due_at <= ? ORDER BY due_at LIMIT 256"

    static func postpone(_ count: Int) -> String {
        "UPDATE erasures SET due_at = ? WHERE id IN (\(BatchSize.list(count)))"
    }

    static func remove(_ count: Int) -> String { "DELETE FROM erasures WHERE id IN (\(BatchSize.list(count)))" }

    static let removeBatch = "DELETE FROM erasures WHERE batch = ?"

    /// The clocks of workers may differ.
    static let withdrawBatch = "DELETE FROM erasures WHERE batch = ? AND due_at > NOW(3) + INTERVAL 600 SECOND"
}
