internal import Platform

/// The rules of the books, checked in one consistent snapshot of the database.
enum LedgerAudit {
    static func run(_ connection: MySQLConnection) throws(MySQLError) -> [AuditFinding] {
        try connection.snapshot { () throws(MySQLError) in
            var findings: [AuditFinding] = []
            for (rule, statement) in AuditStatements.rules {
                for row in try connection.query(statement) {
                    findings.append(AuditFinding(rule: rule, place: row.text("place"), what: row.text("what")))
                }
            }
            return findings
        }
    }
}
