/// An UPDATE of many rows that sets one column of each to a value of its own.
package struct CaseUpdate<Row>: Sendable {
    package typealias Value = @Sendable (Row) -> MySQLValue

    private let table: String
    private let key: (name: String, value: Value)
    private let column: (name: String, value: Value)
    private let isSum: Bool
    private let more: String
    private let condition: String

    /// - Parameters:
    ///   - table: the name of the table.
    ///   - key: the column that identifies a row, and its value.
    ///   - column: the column to set, and its value.
    ///   - isSum: whether the value is added to the column.
    ///   - more: further assignments, static text; their parameters are written `:name`.
    ///   - condition: which of the rows are updated, static text without parameters.
    package init(
        _ table: String, key: (name: String, value: Value), setting column: (name: String, value: Value),
        isSum: Bool = false, more: String = "", where condition: String = "TRUE"
    ) {
        self.table = table
        self.key = key
        self.column = column
        self.isSum = isSum
        self.more = more
        self.condition = condition
    }

    /// The SQL text and its values for rows whose number is a size of `BatchSize`.
    func statement(_ rows: [Row], _ parameters: MySQLParameters) -> (sql: String, values: [MySQLValue]) {
        let cases = [String](repeating: "WHEN ? THEN ?", count: rows.count).joined(separator: " ")
        let fixed = NamedParameters(more)
        let sql = """
            UPDATE \(table) SET \(column.name) = \(isSum ? "\(column.name) + " : "")CASE \(key.name) \(cases) END\
            \(more.isEmpty ? "" : ", \(fixed.sql)") WHERE \(condition) AND \(key.name) IN (\(BatchSize.list(rows.count)))
            """
        let values =
            rows.flatMap { [key.value($0), column.value($0)] } + fixed.values(parameters) + rows.map { key.value($0) }
        return (sql, values)
    }
}
