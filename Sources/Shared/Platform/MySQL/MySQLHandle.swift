internal import CMariaDB

/// Owns one libmariadb connection and its prepared statements; used by one thread at a time.
@safe struct MySQLHandle: ~Copyable {
    private let mysql: UnsafeMutablePointer<MYSQL>
    private var statements: [String: PreparedStatement] = [:]
    private var uses: UInt64 = 0

    /// Wraps `MYSQL_STMT` in a type that is safe to store.
    @safe private struct PreparedStatement {
        let pointer: UnsafeMutablePointer<MYSQL_STMT>
        let columns: MySQLColumnNames
        /// The number of the connection's statements until its last use.
        var lastUse: UInt64
    }

    /// Initializes the library; call it once, before any thread is created.
    static func startLibrary() {
        _ = mysql_server_init(0, nil, nil)
    }

    init(_ endpoint: MySQLEndpoint, connectSeconds: UInt32 = 3, commandSeconds: UInt32 = 15) throws(MySQLError) {
        var code: UInt32 = 0
        var message = [CChar](repeating: 0, count: 512)
        let capacity = message.count
        let address = try Self.address(of: endpoint)
        let made = unsafe address.withCString { host in
            unsafe withOptionalCString(endpoint.socket) { socket in
                unsafe endpoint.user.withCString { user in
                    unsafe endpoint.password.withCString { password in
                        unsafe endpoint.database.withCString { database in
                            unsafe withOptionalCString(endpoint.tlsAuthorities) { authorities in
                                var options = unsafe drape_mysql_options(
                                    host: host, port: UInt32(endpoint.port), socket: socket, user: user,
                                    password: password, database: database, tls: endpoint.tls.rawValue,
                                    tls_ca: authorities, connect_seconds: connectSeconds,
                                    command_seconds: commandSeconds)
                                return unsafe drape_mysql_connect(&options, &code, &message, capacity)
                            }
                        }
                    }
                }
            }
        }
        guard let made = unsafe made else {
            throw .unavailable(
                String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        unsafe mysql = made
    }

    /// What libmariadb is told to dial.
    ///
    /// Its own resolver blocks without a limit, so it is given an address. If the certificate must name the host, it
    /// needs the name, and asks the name servers of the system; they have just answered.
    private static func address(of endpoint: MySQLEndpoint) throws(MySQLError) -> String {
        // libmariadb takes localhost for the default socket, and resolves nothing.
        if endpoint.socket != nil || endpoint.host == "localhost" { return endpoint.host }
        let isNamed = endpoint.tls == .verified
        switch BlockingResolver.address(of: endpoint.host, servers: isNamed ? nil : endpoint.nameServers) {
        case .success(let address): return isNamed ? endpoint.host : address
        case .failure(let error):
            throw .unavailable("the host \(endpoint.host) was not resolved: \(error.message)")
        }
    }

    deinit {
        for statement in statements.values { unsafe mysql_stmt_close(statement.pointer) }
        unsafe mysql_close(mysql)
    }

    /// Runs a statement without parameters and rows, unprepared; for transactions and settings.
    func run(_ sql: String) throws(MySQLError) {
        let bytes = Array(sql.utf8)
        let failed = unsafe bytes.withUnsafeBytes { raw in
            unsafe mysql_real_query(mysql, raw.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(raw.count))
        }
        if failed != 0 {
            throw unsafe Self.error(mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql))
        }
    }

    /// Runs a prepared statement.
    /// - Returns: its rows, and the number of rows that it returned, inserted or matched (CLIENT_FOUND_ROWS).
    mutating func execute(
        _ sql: String, _ parameters: [MySQLValue]
    ) throws(MySQLError) -> (rows: [MySQLRow], affected: Int) {
        let statement = try prepared(sql)
        do throws(MySQLError) {
            return try Self.execute(statement, parameters)
        } catch {
            // The server may have lost or outdated the statement itself.
            if error.isServerFault { close(sql) }
            throw error
        }
    }

    private static func execute(
        _ statement: PreparedStatement, _ parameters: [MySQLValue]
    ) throws(MySQLError) -> (rows: [MySQLRow], affected: Int) {
        var bytes = ByteWriter(capacity: 32 * parameters.count)
        let values = unsafe Self.encode(parameters, &bytes)
        let failure = unsafe bytes.withBytes { buffer in
            unsafe drape_mysql_execute(statement.pointer, values, UInt32(values.count), buffer.baseAddress)
        }
        precondition(failure != drape_mysql_wrong_count, "a statement has another number of parameters")
        if failure == drape_mysql_no_memory { throw .unavailable("no memory for the parameters of a statement") }
        if failure != 0 { throw unsafe Self.error(statement.pointer) }
        var failed: Int32 = 0
        guard let rows = unsafe drape_mysql_rows_create(statement.pointer, &failed) else {
            if failed != 0 { throw unsafe Self.error(statement.pointer) }
            return ([], Int(unsafe mysql_stmt_affected_rows(statement.pointer)))
        }
        defer { unsafe drape_mysql_rows_destroy(rows) }
        var found: [MySQLRow] = []
        while true {
            switch unsafe drape_mysql_rows_next(rows) {
            case 1: found.append(MySQLRow(names: statement.columns, values: unsafe Self.values(rows)))
            case 0: return (found, found.count)
            default: throw unsafe Self.error(statement.pointer)
            }
        }
    }

    // MARK: Prepared statements

    private mutating func prepared(_ sql: String) throws(MySQLError) -> PreparedStatement {
        uses += 1
        if var known = statements[sql] {
            known.lastUse = uses
            statements[sql] = known
            return known
        }
        if statements.count >= MySQLConnection.statementsMax,
            let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            close(oldest.key)
        }
        let statement: PreparedStatement
        do throws(MySQLError) {
            statement = try prepare(sql)
        } catch  where error.isStatementLimit {
            for other in Array(statements.keys) { close(other) }
            statement = try prepare(sql)
        }
        statements[sql] = statement
        return statement
    }

    private func prepare(_ sql: String) throws(MySQLError) -> PreparedStatement {
        guard let pointer = unsafe mysql_stmt_init(mysql) else {
            throw .unavailable("no memory for a statement")
        }
        let bytes = Array(sql.utf8)
        let failed = unsafe bytes.withUnsafeBytes { raw in
            unsafe mysql_stmt_prepare(pointer, raw.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(raw.count))
        }
        if failed != 0 {
            let error = unsafe Self.error(pointer)
            unsafe mysql_stmt_close(pointer)
            throw error
        }
        return unsafe PreparedStatement(pointer: pointer, columns: Self.columnNames(pointer), lastUse: uses)
    }

    private mutating func close(_ sql: String) {
        if let statement = statements.removeValue(forKey: sql) { unsafe mysql_stmt_close(statement.pointer) }
    }

    private static func columnNames(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLColumnNames {
        guard let fields = unsafe mysql_stmt_result_metadata(statement) else { return MySQLColumnNames([]) }
        defer { unsafe mysql_free_result(fields) }
        let names = unsafe (0..<mysql_num_fields(fields)).map { index in
            unsafe String(cString: mysql_fetch_field_direct(fields, index).pointee.name)
        }
        return MySQLColumnNames(names)
    }

    // MARK: Values

    /// The parameters for the library, and their bytes, which are added to `bytes`.
    private static func encode(_ parameters: [MySQLValue], _ bytes: inout ByteWriter) -> [drape_mysql_value] {
        var values: [drape_mysql_value] = unsafe []
        unsafe values.reserveCapacity(parameters.count)
        for parameter in parameters {
            var value = unsafe drape_mysql_value()
            unsafe value.offset = UInt(bytes.count)
            switch parameter {
            case .null: unsafe value.kind = Int32(drape_mysql_null)
            case .integer(let number):
                unsafe value.kind = Int32(drape_mysql_integer)
                unsafe value.integer = number
            case .real(let number):
                unsafe value.kind = Int32(drape_mysql_real)
                unsafe value.real = number
            case .text(let text):
                unsafe value.kind = Int32(drape_mysql_bytes)
                bytes.append(text: text)
            case .bytes(let content):
                unsafe value.kind = Int32(drape_mysql_bytes)
                bytes.append(content)
            case .identity(let id):
                unsafe value.kind = Int32(drape_mysql_binary)
                bytes.append(id)
            case .time(let time):
                if let digits = time.digits {
                    unsafe value.kind = Int32(drape_mysql_time)
                    unsafe value.integer = digits
                } else {
                    // The server refuses it as text; it would store a date that it cannot represent as zero.
                    unsafe value.kind = Int32(drape_mysql_bytes)
                    bytes.append(text: time.sqlText)
                }
            }
            unsafe value.count = UInt(bytes.count) - value.offset
            unsafe values.append(value)
        }
        return unsafe values
    }

    private static func values(_ rows: OpaquePointer) -> [MySQLValue] {
        let count = unsafe drape_mysql_rows_columns(rows)
        var columns: [MySQLValue] = []
        columns.reserveCapacity(Int(count))
        for index in 0..<count {
            let value = unsafe drape_mysql_rows_value(rows, index)
            switch unsafe Int(value.kind) {
            case drape_mysql_integer: columns.append(.integer(unsafe value.integer))
            case drape_mysql_real: columns.append(.real(unsafe value.real))
            case drape_mysql_bytes:
                columns.append(.bytes(unsafe Array(UnsafeBufferPointer(start: value.bytes, count: Int(value.count)))))
            default: columns.append(.null)
            }
        }
        return columns
    }

    // MARK: Errors

    /// Codes from 2000 to 2999 are errors of the client and mean that the connection is lost.
    ///
    /// Source: MariaDB Connector/C, errmsg.h. Server codes 1053 (shutdown), 1927 and 1928 (killed) end it, too.
    private static func error(
        _ code: UInt32, _ state: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?
    ) -> MySQLError {
        let text = unsafe message.map { unsafe String(cString: $0) } ?? ""
        if (2_000..<3_000).contains(code) || [1_053, 1_927, 1_928].contains(code) { return .lost(text) }
        return .refused(code: code, state: unsafe state.map { unsafe String(cString: $0) } ?? "HY000", message: text)
    }

    private static func error(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLError {
        unsafe error(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement))
    }
}

private func withOptionalCString<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) throws -> Result
) rethrows -> Result {
    guard let text else { return try body(nil) }
    return unsafe try text.withCString(body)
}
