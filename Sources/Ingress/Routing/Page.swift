internal import Shared

/// Which part of a list is asked for, and how it is answered: newest first, from a cursor on.
struct Page<ID: Identity> {
    let limit: Int
    /// The last identity of the page before; nil for the first page.
    let before: ID?

    /// Reads `limit` and `cursor` of the query; any other parameter is refused.
    init(_ context: RequestContext, filters: [String] = []) throws(Problem) {
        let faults = FaultList()
        var limit = 20
        var before: ID?
        var seen: Set<String> = []
        for (name, value) in try context.query() {
            if !seen.insert(name).inserted { faults.add(name, "duplicate_parameter", "stands twice") }
            switch name {
            case "limit":
                guard value.first?.isNumber == true, let number = Int(value), (1...100).contains(number)
                else {
                    faults.add("limit", "out_of_range", "must be from 1 to 100")
                    continue
                }
                limit = number
            case "cursor":
                guard let id = ID("\(ID.prefix)_\(value)") else {
                    faults.add("cursor", "invalid_cursor", "must be a nextCursor of this list")
                    continue
                }
                before = id
            default:
                if !filters.contains(name) { faults.add(name, "unknown_parameter", "is not a parameter of this list") }
            }
        }
        try faults.check()
        self.limit = limit
        self.before = before
    }

    /// Parameters of a list statement: every identity is below the cursor, one row more than the page is read.
    var parameters: [MySQLValue] {
        [.text(before?.description ?? "\(ID.prefix)_~"), .integer(Int64(limit + 1))]
    }

    /// The answer, from rows of which one may be too many.
    func response<Row>(
        _ rows: [Row], id: (Row) -> ID, _ write: (Row, inout JSONWriter) -> Void
    ) -> HTTPResponse {
        let shown = rows.prefix(limit)
        let hasMore = rows.count > limit
        var json = JSONWriter()
        json.object { json in
            json.key("data")
            json.array { json in
                for row in shown { json.object { json in write(row, &json) } }
            }
            json.field("hasMore", hasMore)
            let cursor = hasMore ? shown.last.map { String(id($0).description.dropFirst(4)) } : nil
            json.field("nextCursor", cursor)
        }
        return HTTPResponse(.ok, type: "application/json", body: json.bytes)
    }
}
