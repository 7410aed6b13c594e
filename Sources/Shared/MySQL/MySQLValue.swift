/// A parameter of a statement, or a column of a row.
package enum MySQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    package static func id(_ id: some Identity) -> MySQLValue { .text(id.description) }

    package static func time(_ time: Timestamp) -> MySQLValue { .text(time.sqlText) }

    package static func optional(_ text: String?) -> MySQLValue { text.map { .text($0) } ?? .null }

    package static func optional(_ time: Timestamp?) -> MySQLValue { time.map { .text($0.sqlText) } ?? .null }

    package static func boolean(_ flag: Bool) -> MySQLValue { .integer(flag ? 1 : 0) }
}
