/// An INSERT of many rows that pairs each column name with the value bound to it.
package struct InsertStatement<Row>: Sendable {
    /// The name of a column, and the function that returns its value for a row.
    package typealias Column = (name: String, value: @Sendable (Row) -> MySQLValue)

    @usableFromInline let columns: [Column]
    /// One SQL text for each size of `BatchSize`.
    private let texts: [Int: String]

    /// - Parameters:
    ///   - table: the name of the table.
    ///   - updating: the columns to update if a row with the same key exists.
    ///   - adding: the columns to add to those of such a row.
    ///   - clearing: the columns to set to NULL in such a row; if all lists are empty, such a row is an error.
    ///   - expressions: SQL with one `?` for the columns whose value is not bound as it is.
    ///   - columns: the columns and their values.
    package init(
        into table: String, updating: [String] = [], adding: [String] = [], clearing: [String] = [],
        expressions: [String: String] = [:], _ columns: [Column]
    ) {
        self.columns = columns
        precondition(
            expressions.allSatisfy { name, text in
                columns.contains { $0.name == name } && text.count { $0 == "?" } == 1
            }, "an expression of no column, or without one value")
        let names = columns.map(\.name).joined(separator: ", ")
        let changes =
            updating.map { "\($0) = VALUES(\($0))" } + adding.map { "\($0) = \($0) + VALUES(\($0))" }
            + clearing.map { "\($0) = NULL" }
        let tail = changes.isEmpty ? "" : " ON DUPLICATE KEY UPDATE " + changes.joined(separator: ", ")
        texts = Dictionary(
            uniqueKeysWithValues: BatchSize.all.map { size in
                let row = columns.map { expressions[$0.name] ?? "?" }.joined(separator: ", ")
                let rows = [String](repeating: "(\(row))", count: size).joined(separator: ", ")
                return (size, "INSERT INTO \(table) (\(names)) VALUES \(rows)\(tail)")
            })
    }

    /// The SQL text for `count` rows, which must be a size of `BatchSize`.
    package func sql(_ count: Int) -> String {
        guard let text = texts[count] else { preconditionFailure("no batch has \(count) rows") }
        return text
    }

    /// The values of rows, in column order, row after row.
    ///
    /// Inlined, because without it the type of a row of another module is known only at run time.
    @inlinable package func values(of rows: some Collection<Row>) -> [MySQLValue] {
        var values: [MySQLValue] = []
        values.reserveCapacity(rows.count * columns.count)
        for row in rows {
            for column in columns { values.append(column.value(row)) }
        }
        return values
    }
}
