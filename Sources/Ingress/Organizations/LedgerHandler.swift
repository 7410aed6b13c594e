internal import Domain
internal import Platform

/// Handles the endpoints of the credit ledger: its list, and statements as CSV.
final class LedgerHandler {
    static let pageRows = 1_000
    static let referencesOfSession = 11
    private let mysql: MySQLPool
    private let loop: EventLoop

    init(mysql: MySQLPool, loop: EventLoop) {
        self.mysql = mysql
        self.loop = loop
    }

    /// A period of time; without bounds all of it.
    private struct Period {
        private static let start = Timestamp(unixMs: 86_400_000)
        private static let end = Timestamp(unixMs: 253_402_214_400_000)
        private static let disorderSeconds = 3_600
        let since: Timestamp
        let until: Timestamp

        init(_ query: QueryReader) {
            since = query.time(LedgerSchema.since) ?? Timestamp(unixMs: 0)
            until = query.time(LedgerSchema.until) ?? Timestamp(unixMs: 253_402_300_799_999)
        }

        /// With the ids between which the entries of the period are.
        ///
        /// The ids rise with the times, but not exactly: they are given in the order of the insertions, and the times by
        /// the clocks of the workers.
        func parameters(
            of organization: OrganizationID, _ connection: MySQLConnection
        ) throws(MySQLError) -> MySQLParameters {
            func first(since time: Timestamp) throws(MySQLError) -> Int64 {
                try connection.query(
                    StatementStatements.firstSince, ["organization": .id(organization), "time": .time(time)]
                ).first?.onlyValue.integer ?? Int64.max
            }
            let begin = since > Self.start ? try first(since: since + .seconds(-Self.disorderSeconds)) : 0
            let end = until < Self.end ? try first(since: until + .seconds(Self.disorderSeconds)) : Int64.max
            return [
                "organization": .id(organization), "since": .time(since), "until": .time(until),
                "first": .integer(begin), "end": .integer(end),
            ]
        }
    }

    // MARK: List

    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let query = try QueryReader(context.request)
        let limit = query.integer(PageSchema.limit) ?? 20
        let before = query.number(PageSchema.cursor)
        let kind: LedgerEntry.Kind? = query.choice(LedgerSchema.kind)
        let (session, period) = (query.id(LedgerSchema.session, SessionID.self), Period(query))
        try query.faults.check()
        var parameters: MySQLParameters = ["before": .integer(before ?? Int64.max), "limit": .integer(limit + 1)]
        var statement = StatementStatements.list
        if let session {
            statement = StatementStatements.listOfSession
            parameters = parameters + ["kind": .optional(kind?.rawValue)] + Self.references(of: session)
        } else if let kind {
            statement = StatementStatements.listOfKind
            parameters = parameters + ["kind": .text(kind.rawValue)]
        }
        let organization = context.key.organizationID
        let (sql, values) = (statement, parameters)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(sql, values + period.parameters(of: organization, connection))
        }
        let shown = rows.prefix(Int(limit))
        let hasMore = rows.count > Int(limit)
        var response = HTTPResponse.json { json in
            json.key("data")
            json.array { json in
                for row in shown { json.object { json in Self.write(row, &json) } }
            }
            json.field("hasMore", hasMore)
            json.field("nextCursor", hasMore ? shown.last.map { String($0.integer("id")) } : nil)
        }
        response.set("Cache-Control", static: "private, no-store")
        return response
    }

    /// The references that the entries of a session may have: its charge, and the refund of each item.
    private static func references(of session: SessionID) -> MySQLParameters {
        let names =
            ["charge:\(session)"] + (0..<(referencesOfSession - 1)).map { "refund:\(TryOnJob.itemID(session, $0))" }
        return MySQLParameters(names.enumerated().map { (name: "r\($0)", value: .text($1)) })
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", String(row.integer("id")))
        json.field("kind", row.text("kind"))
        json.field("amount", row.integer("amount"))
        json.field("reference", row.text("reference"))
        json.field("sessionId", row.optionalText("session_id"))
        json.field("itemId", row.optionalText("item_id"))
        json.field("createdAt", row.time("created_at"))
    }

    // MARK: Statement

    /// The entries of a period with the balance after each, oldest first, as CSV; it is read while it is sent.
    func statement(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let query = try QueryReader(context.request)
        let period = Period(query)
        try query.faults.check()
        let organization = context.key.organizationID
        let (parameters, opening) = try await mysql.ask {
            connection throws(MySQLError) -> (MySQLParameters, Int64) in
            let parameters = try period.parameters(of: organization, connection)
            let opening = try connection.query(
                StatementStatements.balanceBefore, ["organization": .id(organization), "since": .time(period.since)])
            return (parameters, opening.first?.onlyValue.integer ?? 0)
        }
        let pages = StatementPages(mysql: mysql, parameters: parameters, openingCredits: opening)
        let bound = LoopBound(pages, on: loop)
        var response = HTTPResponse(.ok, body: .stream(HTTPBodyStream { await bound.value.next() }))
        response.set("Content-Type", static: "text/csv; charset=utf-8; header=present")
        response.set("Content-Disposition", static: "attachment; filename=\"drape-credits.csv\"")
        response.set("Cache-Control", static: "private, no-store")
        return response
    }
}
