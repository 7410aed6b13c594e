/// One row, its columns in the statement's order.
///
/// A column of another type than the one asked for is a fault of the statement and traps: statements are static text.
package struct MySQLRow: Sendable {
    let columns: [MySQLValue]

    package func integer(_ index: Int) -> Int64 {
        guard let value = optionalInteger(index) else { preconditionFailure("column \(index) is null") }
        return value
    }

    package func text(_ index: Int) -> String {
        guard let value = optionalText(index) else { preconditionFailure("column \(index) is null") }
        return value
    }

    package func optionalInteger(_ index: Int) -> Int64? {
        switch columns[index] {
        case .null: nil
        case .integer(let number): number
        // SUM() and COUNT() of decimals come as text.
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        case .real, .text: preconditionFailure("column \(index) is no integer")
        }
    }

    package func optionalText(_ index: Int) -> String? {
        optionalBytes(index).map { String(decoding: $0, as: UTF8.self) }
    }

    package func optionalBytes(_ index: Int) -> [UInt8]? {
        switch columns[index] {
        case .null: nil
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .integer, .real: preconditionFailure("column \(index) is no text")
        }
    }

    package func boolean(_ index: Int) -> Bool { integer(index) != 0 }

    package func id<ID: Identity>(_ index: Int, _ type: ID.Type = ID.self) -> ID {
        guard let id = ID(text(index)) else { preconditionFailure("column \(index) is no \(ID.self)") }
        return id
    }

    package func optionalTime(_ index: Int) -> Timestamp? { optionalText(index).flatMap { Timestamp($0) } }

    package func time(_ index: Int) -> Timestamp {
        guard let time = optionalTime(index) else { preconditionFailure("column \(index) is no time") }
        return time
    }
}
