/// A parameter of a statement, or a column of a row.
package enum MySQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case identity(AnyIdentity)
    /// A parameter only: a time of a row comes as bytes.
    case time(Timestamp)

    @inlinable package static func id(_ id: some Identity) -> MySQLValue { .identity(AnyIdentity(id)) }

    package static func optional(_ text: String?) -> MySQLValue { text.map { .text($0) } ?? .null }

    package static func optional(_ time: Timestamp?) -> MySQLValue { time.map { .time($0) } ?? .null }

    package static func boolean(_ flag: Bool) -> MySQLValue { .integer(flag ? 1 : 0) }

    @inlinable package static func optional(_ id: (some Identity)?) -> MySQLValue { id.map { .id($0) } ?? .null }

    package static func optional(_ number: Int64?) -> MySQLValue { number.map { .integer($0) } ?? .null }

    // MARK: Reading

    /// Nil for NULL, and for bytes that are not a decimal integer; traps for other values.
    package var integer: Int64? {
        switch self {
        case .null: nil
        case .integer(let number): number
        // DECIMAL, the type of SUM() of integers, comes as text.
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        case .real, .text, .identity, .time: preconditionFailure("a column that is no integer")
        }
    }

    /// Nil for NULL; traps for a number or a time.
    package var bytes: [UInt8]? {
        switch self {
        case .null: nil
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .identity(let id): Array(id.text.utf8)
        case .integer, .real, .time: preconditionFailure("a column that is no text")
        }
    }

    /// Nil for NULL; traps for a number or a time.
    package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
