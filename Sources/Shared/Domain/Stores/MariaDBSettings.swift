internal import Platform

/// The settings and the state of a MariaDB server.
struct MariaDBSettings: Sendable {
    private var values: [String: String] = [:]

    init(_ connection: MySQLConnection) throws(MySQLError) {
        for statement in [StoreStatements.variables, StoreStatements.session, StoreStatements.status] {
            for row in try connection.query(statement) {
                values[row.text("Variable_name").lowercased()] = row.text("Value")
            }
        }
    }

    /// What is unsafe or too small for a process that may open this many connections, and has opened some of them.
    func findings(connections most: Int, open: Int) -> [StoreFinding] {
        let connections = max(0, most - open)
        var found = [
            unsafe("innodb_flush_log_at_trx_commit", ["1"], "a crash loses charges that were committed"),
            unsafe("innodb_doublewrite", ["ON", "1"], "a crash may leave half-written pages"),
            unsafe("read_only", ["OFF", "0"], "no session can be charged"),
            unsafe("time_zone", ["+00:00", "UTC"], "times are stored in another zone"),
        ].compactMap { $0 }
        if !(values["sql_mode"] ?? "").contains("STRICT_ALL_TABLES") {
            found.append(
                finding(.unsafe, "sql_mode", "with STRICT_ALL_TABLES", "values that do not fit are changed silently"))
        }
        if values["log_bin"] == "ON" {
            found += [unsafe("sync_binlog", ["1"], "a crash loses charges on replicas")].compactMap { $0 }
        }
        if let most = number("max_connections"), let used = number("threads_connected"), most - used < connections {
            found.append(
                finding(
                    .small, "max_connections", "at least \(used + connections)",
                    "\(used) are in use, and this process may need \(connections) more"))
        }
        let statements = connections * MySQLConnection.statementsMax
        if let most = number("max_prepared_stmt_count"), let used = number("prepared_stmt_count"),
            most - used < statements
        {
            found.append(
                finding(
                    .small, "max_prepared_stmt_count", "at least \(used + statements)",
                    "\(used) are in use, and this process may need \(statements) more"))
        }
        if let bytes = number("max_allowed_packet"), bytes < 16 << 20 {
            found.append(
                finding(.small, "max_allowed_packet", "at least \(16 << 20)", "a group of sessions may not fit"))
        }
        return found
    }

    private func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

    private func unsafe(_ name: String, _ wanted: [String], _ consequence: String) -> StoreFinding? {
        if wanted.contains(values[name] ?? "") { return nil }
        return finding(.unsafe, name, wanted.joined(separator: " or "), consequence)
    }

    private func finding(
        _ severity: StoreFinding.Severity, _ name: String, _ wanted: String, _ consequence: String
    ) -> StoreFinding {
        StoreFinding(
            severity: severity, store: "mariadb", setting: name, found: values[name] ?? "not readable", wanted: wanted,
            consequence: consequence)
    }
}
