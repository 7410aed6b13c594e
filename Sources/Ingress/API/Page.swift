internal import Platform

/// The query parameters of every list.
enum PageSchema {
    static let limitRange: ClosedRange<Int64> = 1...100
    static let limit = FieldSchema(
        "limit", .integer(limitRange), "The most elements of the page; 20 if it is not given.", example: "20")
    static let cursor = FieldSchema(
        "cursor", .string(1...64, format: .cursor), "The `nextCursor` of the page before.",
        example: "\"06f8…\"")
    static let query = [limit, cursor]
}

/// One page of a list, newest first, after a cursor.
struct Page<ID: Identity> {
    let limit: Int
    /// The last id of the previous page; nil for the first page.
    let before: ID?

    /// Reads the query; refuses unknown parameters.
    init(_ context: RequestContext) throws(Problem) {
        let faults = FaultList()
        var limit = 20
        var before: ID?
        var seen: Set<String> = []
        for (name, value) in try context.query() {
            if !seen.insert(name).inserted { faults.add(name, .duplicateParameter, "is a duplicate parameter") }
            switch name {
            case "\(PageSchema.limit.name)":
                let range = PageSchema.limitRange
                if value.utf8.first.map(ASCII.isDigit) == true, let number = Int64(value), range.contains(number) {
                    limit = Int(number)
                } else {
                    faults.add(name, .outOfRange, "must be from \(range.lowerBound) to \(range.upperBound)")
                }
            case "\(PageSchema.cursor.name)":
                before = ID("\(ID.prefix)_\(value)")
                if before == nil { faults.add(name, .invalidCursor, "must be a nextCursor of this list") }
            default: faults.add(name, .unknownParameter, "is not a parameter of this list")
            }
        }
        try faults.check()
        self.limit = limit
        self.before = before
    }

    /// The last parameters of a list statement: an upper bound of the ids, and a limit of one row more than the page.
    var parameters: [MySQLValue] {
        [.text(before?.description ?? "\(ID.prefix)_~"), .integer(Int64(limit + 1))]
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
