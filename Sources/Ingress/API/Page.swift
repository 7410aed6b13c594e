internal import Platform

/// The query parameters of every list.
enum PageSchema {
    static let limit = FieldSchema(
        "limit", .integer(1...100), "The most elements of the page; 20 if it is not given.", example: "20")
    static let cursor = FieldSchema(
        "cursor", .string(1...64, format: .cursor), "The `nextCursor` of the page before.",
        example: "\"06f8…\"")
    static let query = [limit, cursor]
}

/// One page of a list, newest first, after a cursor.
struct Page<ID: Identity> {
    private static var limitDefault: Int { 20 }
    let limit: Int
    /// The last id of the previous page; nil for the first page.
    let before: ID?

    /// Reads the query; refuses unknown parameters.
    init(_ context: RequestContext) throws(Problem) {
        let query = try QueryReader(context)
        self.init(query)
        try query.faults.check()
    }

    /// Reads the page of a list that has other parameters, too; the caller checks the faults.
    init(_ query: QueryReader) {
        limit = query.integer(PageSchema.limit).map { Int($0) } ?? Self.limitDefault
        before = query.cursor(PageSchema.cursor)
    }

    /// The parameters of a list statement, `before` and `limit`: an upper bound of the ids, and a limit of one row more than the page.
    var parameters: MySQLParameters {
        ["before": .text(before?.description ?? "\(ID.prefix)_~"), "limit": .integer(Int64(limit + 1))]
    }

    /// The response; a row beyond the limit only sets `hasMore`.
    func response<Row>(
        _ rows: [Row], id: (Row) -> ID, _ write: (Row, inout JSONWriter) -> Void
    ) -> HTTPResponse {
        let shown = rows.prefix(limit)
        let hasMore = rows.count > limit
        return .json { json in
            json.key("data")
            json.array { json in
                for row in shown { json.object { json in write(row, &json) } }
            }
            json.field("hasMore", hasMore)
            let cursor = hasMore ? shown.last.map { String(id($0).description.dropFirst(4)) } : nil
            json.field("nextCursor", cursor)
        }
    }
}

extension HTTPResponse {
    /// A JSON object.
    static func json(_ status: HTTPStatus = .ok, capacity: Int = 512, _ write: (inout JSONWriter) -> Void)
        -> HTTPResponse
    {
        HTTPResponse(status, type: "application/json", body: JSONWriter.object(capacity: capacity, write))
    }
}
