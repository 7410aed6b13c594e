/// The reason why a statement has no usable result.
package enum MySQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no connection, and nothing was sent.
    case unavailable(String)
    /// The connection was lost after the statement was sent; it may have run.
    case lost(String)
    /// The server returned an error: its code, its SQLSTATE of five characters, and its message.
    case refused(code: UInt32, state: String, message: String)

    /// Data that a transaction read was changed before it was locked; the transaction is retried as after a deadlock.
    package static let conflict = MySQLError.refused(
        code: 1213, state: "40001", message: "what was read has changed")

    package var description: String {
        switch self {
        case .unavailable(let message): "the database is not reachable: \(message)"
        case .lost(let message): "the connection to the database was lost: \(message)"
        case .refused(let code, let state, let message): "the database refused (\(code), \(state)): \(message)"
        }
    }

    /// The value already exists in a unique key.
    ///
    /// Source: MariaDB error codes, ER_DUP_ENTRY.
    package var isDuplicate: Bool { has(1062) }

    /// Another transaction holds a lock: ER_LOCK_WAIT_TIMEOUT, or ER_LOCK_DEADLOCK.
    package var isContended: Bool { has(1205) || has(1213) }

    /// The values are at fault, and the same statement fails again: the only errors that may end a job.
    ///
    /// Source: ISO/IEC 9075, SQLSTATE classes 22 (data exception) and 23 (constraint violation). A duplicate is in
    /// class 23, but may be the result of a race.
    package var isDataFault: Bool {
        if case .refused(_, let state, _) = self { state.hasPrefix("22") || state.hasPrefix("23") } else { false }
    }

    /// The state of the server is at fault: a limit, no space, read-only, killed, and every code that is not known.
    package var isServerFault: Bool {
        if case .refused = self { !isContended && !isDataFault } else { false }
    }

    /// A server fault that no smaller statement avoids; a group of statements is not divided because of it.
    ///
    /// Source: MariaDB error codes: ER_DISK_FULL, ER_GET_ERRNO, ER_OUTOFMEMORY, ER_CON_COUNT_ERROR, ER_OUT_OF_RESOURCES,
    /// ER_UNKNOWN_COM_ERROR (also a Galera node that is not ready), ER_RECORD_FILE_FULL, ER_ERROR_DURING_COMMIT,
    /// ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED, ER_OPTION_PREVENTS_STATEMENT, ER_QUERY_INTERRUPTED,
    /// ER_MAX_PREPARED_STMT_COUNT_REACHED, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE,
    /// ER_STATEMENT_TIMEOUT.
    package var isServerWide: Bool {
        [1021, 1030, 1037, 1040, 1041, 1047, 1114, 1180, 1203, 1226, 1290, 1317, 1461, 1792, 1836, 1969]
            .contains { has($0) }
    }

    /// The error is temporary: the same statement may succeed later.
    package var isTransient: Bool { isConnectionFault || isContended || isServerFault }

    package var isConnectionFault: Bool {
        switch self {
        case .unavailable, .lost: true
        case .refused: false
        }
    }

    /// The server accepts no writes: a new connection may lead to another server.
    ///
    /// Source: ER_OPTION_PREVENTS_STATEMENT (`--read-only`), ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
    /// ER_READ_ONLY_MODE.
    var isReadOnly: Bool { has(1290) || has(1792) || has(1836) }

    /// The server holds too many prepared statements: ER_MAX_PREPARED_STMT_COUNT_REACHED.
    var isStatementLimit: Bool { has(1461) }

    private func has(_ wanted: UInt32) -> Bool {
        if case .refused(let code, _, _) = self { code == wanted } else { false }
    }
}
