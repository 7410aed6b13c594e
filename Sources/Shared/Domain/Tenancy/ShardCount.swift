package import Platform

/// Into how many shards organisations are spread: fixed at the first migration, kept in the database.
package enum ShardCount {
    package enum Failure: Error, CustomStringConvertible {
        case database(MySQLError)
        case notMigrated

        package var description: String {
            switch self {
            case .database(let error): error.description
            case .notMigrated: "the database has no Drape schema: run `drapectl migrate up`"
            }
        }
    }

    /// Reads it over a connection of its own, as every process does at its start.
    package static func read(_ endpoint: MySQLEndpoint) throws(Failure) -> Int {
        let connection = MySQLConnection(endpoint)
        defer { connection.close() }
        let row: MySQLRow?
        do throws(MySQLError) {
            row = try connection.query(SettingStatements.shardCount).first
        } catch .refused(code: 1146, _) {
            // Source: MariaDB error codes, ER_NO_SUCH_TABLE.
            throw .notMigrated
        } catch {
            throw .database(error)
        }
        guard let count = row.flatMap({ Int($0.text("value")) }) else { throw .notMigrated }
        return count
    }
}
