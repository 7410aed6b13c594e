internal import Shared

/// Erases what Drape knows of a customer.
final class CustomerEraser {
    private let mysql: MySQLPool

    init(mysql: MySQLPool) {
        self.mysql = mysql
    }

    /// Erases a customer; false where there is none.
    func erase(_ externalID: String, _ key: APIKey, at now: Timestamp) async throws(Problem) -> Bool {
        try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                let rows = try connection.query(CustomerStatements.lock, key.tenant + [.text(externalID)])
                guard let row = rows.first else { return false }
                try connection.update(CustomerStatements.erase, [.time(now), .time(now), .text(row.text(0))])
                try connection.update(
                    IdempotencyStatements.forget, [.id(key.organizationID), .text(row.text(0))])
                return true
            }
        }
    }
}
