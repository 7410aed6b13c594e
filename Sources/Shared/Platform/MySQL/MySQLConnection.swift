/// One connection, used by one thread; it connects on first use, and reconnects after a loss.
package final class MySQLConnection {
    /// The most prepared statements of a connection; the server limits their number over all connections.
    ///
    /// Source: MariaDB, max_prepared_stmt_count (16,382 by default).
    package static let statementsMax = 96
    private let endpoint: MySQLEndpoint
    /// The settings of every session: UTC, short lock waits, an idle transaction time-out, and strict SQL mode.
    private let settings: [String]
    private var handle: MySQLHandle?
    private var isInTransaction = false

    private let commandSeconds: UInt32

    /// - Parameters:
    ///   - endpoint: the server.
    ///   - lockWaitSeconds: how long a statement waits for a row or a table that another transaction has locked.
    ///   - commandSeconds: how long it waits for the reply to a statement.
    package init(_ endpoint: MySQLEndpoint, lockWaitSeconds: Int = 3, commandSeconds: UInt32 = 15) {
        self.endpoint = endpoint
        self.commandSeconds = commandSeconds
        settings = [
            "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = \(lockWaitSeconds), lock_wait_timeout = \(lockWaitSeconds), idle_transaction_timeout = 5",
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        ]
    }

    /// Runs a statement with one parameter, or a list of them, written as question marks, and returns its rows.
    @discardableResult
    package func query(_ sql: String, _ parameters: [MySQLValue] = []) throws(MySQLError) -> [MySQLRow] {
        try execute(sql, parameters).rows
    }

    /// Runs a query whose parameters are written `:name`, and returns its rows.
    package func query(_ sql: String, _ parameters: MySQLParameters) throws(MySQLError) -> [MySQLRow] {
        let statement = NamedParameters(sql)
        return try execute(statement.sql, statement.values(parameters)).rows
    }

    /// Runs a statement and returns how many rows it matched or inserted.
    @discardableResult
    package func update(_ sql: String, _ parameters: [MySQLValue] = []) throws(MySQLError) -> Int {
        try execute(sql, parameters).affected
    }

    /// Runs a statement whose parameters are written `:name`, and returns how many rows it matched.
    @discardableResult
    package func update(_ sql: String, _ parameters: MySQLParameters) throws(MySQLError) -> Int {
        let statement = NamedParameters(sql)
        return try execute(statement.sql, statement.values(parameters)).affected
    }

    /// Inserts rows, in statements of the sizes of `BatchSize`.
    @inlinable package func insert<Row>(_ rows: [Row], _ statement: InsertStatement<Row>) throws(MySQLError) {
        for piece in BatchSize.pieces(rows) {
            try update(statement.sql(piece.count), statement.values(of: piece))
        }
    }

    /// Updates rows in one statement; duplicates of a row have no effect, so the rows may be padded.
    package func update<Row>(
        _ rows: [Row], _ update: CaseUpdate<Row>, _ parameters: MySQLParameters = [:]
    ) throws(MySQLError) {
        if rows.isEmpty { return }
        let (sql, values) = update.statement(BatchSize.padded(rows), parameters)
        _ = try execute(sql, values)
    }

    /// Runs a statement without preparing it.
    package func run(_ sql: String) throws(MySQLError) {
        try withHandle(mayRepeat: sql == Self.begin) { handle throws(MySQLError) in try handle.run(sql) }
    }

    private static let begin = "START TRANSACTION"

    /// Runs `body` in a transaction and commits it; any error rolls it back.
    package func transaction<Value>(_ body: () throws(MySQLError) -> Value) throws(MySQLError) -> Value {
        try transaction(commitsIf: { _ in true }, body)
    }

    /// Runs `body` in a transaction and commits it on `.success`; `.failure` or an error rolls it back.
    package func transactionOrRollback<Value, Failure: Error>(
        _ body: () throws(MySQLError) -> Result<Value, Failure>
    ) throws(MySQLError) -> Result<Value, Failure> {
        try transaction(commitsIf: { if case .success = $0 { true } else { false } }, body)
    }

    /// Runs reading statements that all see the database as it was at one moment.
    package func snapshot<Value>(_ body: () throws(MySQLError) -> Value) throws(MySQLError) -> Value {
        try run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return try transaction(begin: "START TRANSACTION WITH CONSISTENT SNAPSHOT", commitsIf: { _ in false }, body)
    }

    private func transaction<Value>(
        begin: String = MySQLConnection.begin, commitsIf shouldCommit: (Value) -> Bool,
        _ body: () throws(MySQLError) -> Value
    ) throws(MySQLError) -> Value {
        try run(begin)
        isInTransaction = true
        defer { isInTransaction = false }
        do throws(MySQLError) {
            let value = try body()
            try run(shouldCommit(value) ? "COMMIT" : "ROLLBACK")
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    package func close() {
        let old = handle.take()
        _ = consume old
    }

    private func rollBack() {
        guard handle != nil else { return }
        do throws(MySQLError) {
            try run("ROLLBACK")
        } catch {
            // If the rollback fails, the connection is closed, and the server rolls back.
            close()
        }
    }

    private func execute(
        _ sql: String, _ parameters: [MySQLValue]
    ) throws(MySQLError) -> (rows: [MySQLRow], affected: Int) {
        try withHandle(mayRepeat: sql.hasPrefix("SELECT")) { handle throws(MySQLError) in
            try handle.execute(sql, parameters)
        }
    }

    /// Runs a statement on the connection; reconnects and retries once if that is safe.
    ///
    /// The server may have closed an idle connection. A statement outside a transaction that has no effect if it runs
    /// twice (`mayRepeat`) is retried on a new connection.
    private func withHandle<Value>(
        mayRepeat: Bool, _ body: (inout MySQLHandle) throws(MySQLError) -> Value
    ) throws(MySQLError) -> Value {
        let isUsed = handle != nil
        do throws(MySQLError) {
            try connect()
            return try use(body)
        } catch {
            closeIfUseless(after: error)
            guard case .lost = error, isUsed, mayRepeat, !isInTransaction else { throw error }
        }
        try connect()
        do throws(MySQLError) {
            return try use(body)
        } catch {
            closeIfUseless(after: error)
            throw error
        }
    }

    private func closeIfUseless(after error: MySQLError) {
        if error.isConnectionFault || error.isReadOnly { close() }
    }

    private func use<Value>(_ body: (inout MySQLHandle) throws(MySQLError) -> Value) throws(MySQLError) -> Value {
        guard var taken = handle.take() else { throw .unavailable("not connected") }
        do throws(MySQLError) {
            let value = try body(&taken)
            handle = consume taken
            return value
        } catch {
            handle = consume taken
            throw error
        }
    }

    private func connect() throws(MySQLError) {
        if handle != nil { return }
        // Inside a transaction, a new connection would run the second half without the first.
        if isInTransaction { throw .lost("the connection was lost inside a transaction") }
        let made = try MySQLHandle(endpoint, commandSeconds: commandSeconds)
        for setting in settings { try made.run(setting) }
        handle = consume made
    }
}
