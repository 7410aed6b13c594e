package import Platform

/// The number of shards for organisations: set by the first migration, stored in the database.
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

    /// Reads the number over a separate connection; every process does so at its start.
    package static func read(_ endpoint: MySQLEndpoint) throws(Failure) -> Int {
        let connection = MySQLConnection(endpoint)
        defer { connection.close() }
        let row: MySQLRow?
        do throws(MySQLError) {
            row = try connection.query(SettingStatements.shardCount).first
        } catch .refused(code: 1146, _, _) {
            // Source: MariaDB error codes, ER_NO_SUCH_TABLE.
            throw .notMigrated
        } catch {
            throw .database(error)
        }
        guard let count = row.flatMap({ Int($0.text("value")) }) else { throw .notMigrated }
        return count
    }
}
