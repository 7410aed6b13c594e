/// Why a statement has no useful result.
package enum MySQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no connection, and nothing was sent.
    case unavailable(String)
    /// The connection was lost behind the sending: the statement may have run.
    case lost(String)
    /// The server refused it.
    case refused(code: UInt32, message: String)

    /// What a transaction has read was changed before it could lock it: it starts anew, as behind a deadlock.
    package static let conflict = MySQLError.refused(code: 1213, message: "what was read has changed")

    package var description: String {
        switch self {
        case .unavailable(let message): "the database is not reachable: \(message)"
        case .lost(let message): "the connection to the database was lost: \(message)"
        case .refused(let code, let message): "the database refused (\(code)): \(message)"
        }
    }

    /// A unique key holds the value already.
    ///
    /// Source: MariaDB error codes, ER_DUP_ENTRY.
    package var isDuplicate: Bool { has(1062) }

    /// Another transaction holds a lock: ER_LOCK_WAIT_TIMEOUT, or ER_LOCK_DEADLOCK.
    package var isContended: Bool { has(1205) || has(1213) }

    /// The server cannot take it now, and may later: too many connections, no space, killed, read-only.
    package var isTransient: Bool {
        [1021, 1040, 1114, 1203, 1226, 1290, 1317, 1836].contains { has($0) }
    }

    /// Nothing is wrong with what was asked: the same may succeed later.
    package var isPassing: Bool { isConnectionFault || isContended || isTransient }

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
