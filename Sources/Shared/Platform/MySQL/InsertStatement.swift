/// An INSERT of many rows: each column's name stands beside the value that is bound to it.
package struct InsertStatement<Row>: Sendable {
    /// A column, and where its value comes from.
    package typealias Column = (name: String, value: @Sendable (Row) -> MySQLValue)

    private let columns: [Column]
    /// One text for each size of `BatchSize`.
    private let texts: [Int: String]

    /// - Parameters:
    ///   - table: the table's name.
    ///   - updating: the columns that a row with the same key takes over; empty: such a row is an error.
    ///   - clearing: the columns of such a row that become NULL.
    ///   - columns: the columns and their values.
    package init(
        into table: String, updating: [String] = [], clearing: [String] = [], _ columns: [Column]
    ) {
        self.columns = columns
        let names = columns.map(\.name).joined(separator: ", ")
        let changes = updating.map { "\($0) = VALUES(\($0))" } + clearing.map { "\($0) = NULL" }
        let tail = changes.isEmpty ? "" : " ON DUPLICATE KEY UPDATE " + changes.joined(separator: ", ")
        texts = Dictionary(
            uniqueKeysWithValues: BatchSize.all.map { size in
                let rows = BatchSize.rows(size, columns: columns.count)
                return (size, "INSERT INTO \(table) (\(names)) VALUES \(rows)\(tail)")
            })
    }

    /// The text for so many rows, which must be a size of `BatchSize`.
    package func sql(_ count: Int) -> String {
        guard let text = texts[count] else { preconditionFailure("no batch has \(count) rows") }
        return text
    }

    /// The values of a row, in the order of the columns.
    package func values(of row: Row) -> [MySQLValue] { columns.map { $0.value(row) } }
}
