/// The reason why a statement has no usable result.
package enum MySQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no connection, and nothing was sent.
    case unavailable(String)
    /// The connection was lost after the statement was sent; it may have run.
    case lost(String)
    /// The server returned an error.
    case refused(code: UInt32, message: String)

    /// Data that a transaction read was changed before it was locked; the transaction is retried as after a deadlock.
    package static let conflict = MySQLError.refused(code: 1213, message: "what was read has changed")

    package var description: String {
        switch self {
        case .unavailable(let message): "the database is not reachable: \(message)"
        case .lost(let message): "the connection to the database was lost: \(message)"
        case .refused(let code, let message): "the database refused (\(code)): \(message)"
        }
    }

    /// The value already exists in a unique key.
    ///
    /// Source: MariaDB error codes, ER_DUP_ENTRY.
    package var isDuplicate: Bool { has(1062) }

    /// Another transaction holds a lock: ER_LOCK_WAIT_TIMEOUT, or ER_LOCK_DEADLOCK.
    package var isContended: Bool { has(1205) || has(1213) }

    /// The server cannot run it now, but may later: too many connections, no space, killed, read-only.
    package var isServerBusy: Bool {
        [1021, 1040, 1114, 1203, 1226, 1290, 1317, 1836].contains { has($0) }
    }

    /// The error is temporary: the same statement may succeed later.
    package var isTransient: Bool { isConnectionFault || isContended || isServerBusy }

    package var isConnectionFault: Bool {
        switch self {
        case .unavailable, .lost: true
        case .refused: false
        }
    }

    private func has(_ wanted: UInt32) -> Bool {
        if case .refused(let code, _) = self { code == wanted } else { false }
    }
}
