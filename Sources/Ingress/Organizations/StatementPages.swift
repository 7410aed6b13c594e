internal import Domain
internal import Platform

/// The pages of a statement of the ledger, as CSV; each is read when the client has taken the one before.
final class StatementPages {
    private let mysql: MySQLPool
    private let parameters: MySQLParameters
    private var balanceCredits: Int64
    private var after: Int64 = 0
    private var isOpen = false
    private var hasEnded = false

    init(mysql: MySQLPool, parameters: MySQLParameters, openingCredits: Int64) {
        self.mysql = mysql
        self.parameters = parameters
        balanceCredits = openingCredits
    }

    /// The next piece of the body.
    func next() async -> HTTPBodyStream.Piece {
        if hasEnded { return .end }
        var text = isOpen ? "" : "time,kind,amount,balance,reference,session,item\r\n"
        isOpen = true
        let page = parameters + ["after": .integer(after)]
        guard
            case .success(let rows) = await mysql.attempt({ connection throws(MySQLError) in
                try connection.query(StatementStatements.page, page)
            })
        else { return .failed }
        for row in rows {
            balanceCredits += row.integer("amount")
            let cells = [
                row.time("created_at").description, row.text("kind"), String(row.integer("amount")),
                String(balanceCredits), row.text("reference"), row.optionalText("session_id") ?? "",
                row.optionalText("item_id") ?? "",
            ]
            text += cells.map(Self.cell).joined(separator: ",") + "\r\n"
        }
        after = rows.last?.integer("id") ?? after
        hasEnded = rows.count < LedgerHandler.pageRows
        return .bytes(Array(text.utf8))
    }

    /// Quotes a value if it needs it, and disarms one that a spreadsheet would read as a formula.
    ///
    /// Source: RFC 4180, section 2.
    private static func cell(_ text: String) -> String {
        // By bytes: a Character may have a comma or a line feed and more.
        let bytes = text.utf8
        let isFormula = bytes.first.map { "=+@-\t\r\n".utf8.contains($0) } ?? false && Int64(text) == nil
        let value = isFormula ? "'" + text : text
        guard value.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return value }
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") { quoted.append(byte) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "\""))
        return String(decoding: quoted, as: UTF8.self)
    }
}
