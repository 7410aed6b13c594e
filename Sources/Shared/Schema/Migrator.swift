package import Platform

/// Applies and reverts the schema's numbered steps in order, and reports their status.
package struct Migrator {
    /// The status of one step.
    package struct State: Hashable, Sendable {
        package enum Condition: String, Sendable {
            case applied
            case pending
            /// Begun and not finished; the next `up` applies it again.
            case interrupted
            /// Applied with statements that differ from this program's.
            case changed
            /// Applied by a newer program.
            case unknown
        }

        package let number: Int
        package let name: String
        package let condition: Condition
    }

    package enum Failure: Error, CustomStringConvertible {
        case database(MySQLError)
        /// Steps that are not in the state that the operation requires.
        case mismatched([State])
        case missingTables([String])
        case locked

        package var description: String {
            switch self {
            case .database(let error): error.description
            case .mismatched(let states):
                "the schema is not this program's: "
                    + states.map { "\($0.number) \($0.name) is \($0.condition.rawValue)" }.joined(separator: ", ")
            case .missingTables(let names): "tables are missing: \(names.joined(separator: ", "))"
            case .locked: "another process migrates this database"
            }
        }
    }

    /// With the wait for a lock, some two minutes.
    private static let lockTries = 30
    private let connection: MySQLConnection
    private let migrations: [Migration]

    package init(_ connection: MySQLConnection, migrations: [Migration] = Migration.all) {
        self.connection = connection
        self.migrations = migrations
    }

    /// Applies the steps that are pending or interrupted, and returns them.
    package func up() throws(Failure) -> [Migration] {
        try locked { () throws(Failure) in
            let states = try check()
            let pending = migrations.filter { migration in
                states.contains {
                    $0.number == migration.number && [.pending, .interrupted].contains($0.condition)
                }
            }
            for migration in pending {
                try ask { () throws(MySQLError) in
                    try connection.update(
                        MigrationStatements.begin,
                        [
                            "number": .integer(Int64(migration.number)), "name": .text(migration.name),
                            "checksum": .text(migration.checksum),
                        ])
                    for statement in migration.up { try change(statement) }
                    try connection.update(MigrationStatements.finish, [.integer(Int64(migration.number))])
                }
            }
            return pending
        }
    }

    /// Reverts every applied or interrupted step above `target`, newest first, and returns them.
    package func down(to target: Int) throws(Failure) -> [Migration] {
        try locked { () throws(Failure) in
            let states = try check()
            let applied = migrations.reversed().filter { migration in
                migration.number > target
                    && states.contains { $0.number == migration.number && $0.condition != .pending }
            }
            for migration in applied {
                try ask { () throws(MySQLError) in
                    try connection.update(MigrationStatements.reopen, [.integer(Int64(migration.number))])
                    for statement in migration.down { try change(statement) }
                    try connection.update(MigrationStatements.remove, [.integer(Int64(migration.number))])
                }
            }
            return applied
        }
    }

    /// Runs a statement of a step; after a wait for a lock it lets others through, and tries again.
    private func change(_ statement: String) throws(MySQLError) {
        for _ in 1..<Self.lockTries {
            do throws(MySQLError) {
                return try connection.run(statement)
            } catch {
                guard error.isContended else { throw error }
                try connection.run(MigrationStatements.pause)
            }
        }
        try connection.run(statement)
    }

    /// The status of every step, in order.
    package func status() throws(Failure) -> [State] {
        let rows = try ask { () throws(MySQLError) in
            try connection.run(MigrationStatements.table)
            return try connection.query(MigrationStatements.list)
        }
        var states = migrations.map { migration in
            guard let row = rows.first(where: { $0.integer("number") == migration.number }) else {
                return State(number: migration.number, name: migration.name, condition: .pending)
            }
            let isFinished = row.optionalText("applied_at") != nil
            let isSame = row.text("checksum") == migration.checksum
            return State(
                number: migration.number, name: migration.name,
                condition: !isFinished ? .interrupted : isSame ? .applied : .changed)
        }
        for row in rows where !migrations.contains(where: { $0.number == row.integer("number") }) {
            states.append(State(number: Int(row.integer("number")), name: row.text("name"), condition: .unknown))
        }
        return states.sorted { $0.number < $1.number }
    }

    /// Fails unless every step is applied with this program's statements, and every table exists.
    package func verify() throws(Failure) {
        let wrong = try status().filter { $0.condition != .applied }
        if !wrong.isEmpty { throw .mismatched(wrong) }
        let tables = try ask { () throws(MySQLError) in
            Set(try connection.query(MigrationStatements.tables).map { $0.text("name") })
        }
        let missing = migrations.flatMap(\.tables).filter { !tables.contains($0) }
        if !missing.isEmpty { throw .missingTables(missing) }
    }

    private func check() throws(Failure) -> [State] {
        let states = try status()
        let wrong = states.filter { [.changed, .unknown].contains($0.condition) }
        if !wrong.isEmpty { throw .mismatched(wrong) }
        return states
    }

    private func locked<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        let rows = try ask { () throws(MySQLError) in try connection.query(MigrationStatements.lock) }
        guard rows.first?.optionalInteger("is_locked") == 1 else { throw .locked }
        let value = try body()
        _ = try ask { () throws(MySQLError) in try connection.query(MigrationStatements.unlock) }
        return value
    }

    private func ask<Value>(_ body: () throws(MySQLError) -> Value) throws(Failure) -> Value {
        do throws(MySQLError) {
            return try body()
        } catch {
            throw .database(error)
        }
    }
}
