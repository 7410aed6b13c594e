/// The column names of the rows of one statement.
package final class MySQLColumnNames: Sendable {
    let names: [String]

    init(_ names: [String]) {
        self.names = names
    }

    /// The index of a column; traps if the statement has no column of this name, because statements are static text.
    func index(of name: String) -> Int {
        guard let index = names.firstIndex(of: name) else {
            preconditionFailure("no column \(name) among \(names.joined(separator: ", "))")
        }
        return index
    }
}

/// One row, whose columns are read by name.
///
/// A required column that is NULL or has another type is a bug in the statement and traps.
package struct MySQLRow: Sendable {
    private let names: MySQLColumnNames
    private let values: [MySQLValue]

    init(names: MySQLColumnNames, values: [MySQLValue]) {
        self.names = names
        self.values = values
    }

    /// The value of a column.
    package subscript(_ name: String) -> MySQLValue { values[names.index(of: name)] }

    /// The value of a row with one column; traps if there are more.
    package var onlyValue: MySQLValue {
        guard values.count == 1 else { preconditionFailure("a row of \(values.count) columns") }
        return values[0]
    }

    package func integer(_ name: String) -> Int64 {
        guard let value = optionalInteger(name) else { preconditionFailure("column \(name) is null") }
        return value
    }

    package func text(_ name: String) -> String {
        guard let value = optionalText(name) else { preconditionFailure("column \(name) is null") }
        return value
    }

    package func optionalInteger(_ name: String) -> Int64? { self[name].integer }

    package func optionalText(_ name: String) -> String? { self[name].text }

    package func optionalBytes(_ name: String) -> [UInt8]? { self[name].bytes }

    package func bytes(_ name: String) -> [UInt8] {
        guard let value = optionalBytes(name) else { preconditionFailure("column \(name) is null") }
        return value
    }

    package func boolean(_ name: String) -> Bool { integer(name) != 0 }

    package func id<ID: Identity>(_ name: String, _ type: ID.Type = ID.self) -> ID {
        guard let id = ID(text(name)) else { preconditionFailure("column \(name) is no \(ID.self)") }
        return id
    }

    package func optionalID<ID: Identity>(_ name: String, _ type: ID.Type = ID.self) -> ID? {
        optionalText(name).flatMap { ID($0) }
    }

    package func optionalTime(_ name: String) -> Timestamp? { optionalText(name).flatMap { Timestamp($0) } }

    package func time(_ name: String) -> Timestamp {
        guard let time = optionalTime(name) else { preconditionFailure("column \(name) is no time") }
        return time
    }
}
