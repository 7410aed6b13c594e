internal import Domain
internal import Platform

/// Reads sessions from MariaDB as their owners see them.
enum SessionReader {
    /// The session; nil if this tenant has none with this id.
    static func find(
        _ id: SessionID, _ key: APIKey, _ connection: MySQLConnection
    ) throws(MySQLError) -> SessionView? {
        let rows = try connection.query(SessionReadStatements.one, key.tenant + ["id": .id(id)])
        guard let row = rows.first else { return nil }
        return try view(row, connection)
    }

    /// The sessions of a page and one more, newest first.
    static func list(
        _ key: APIKey, page: MySQLParameters, _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionView] {
        var views: [SessionView] = []
        for row in try connection.query(SessionReadStatements.list, key.tenant + page) {
            views.append(try view(row, connection))
        }
        return views
    }

    private static func view(_ row: MySQLRow, _ connection: MySQLConnection) throws(MySQLError) -> SessionView {
        let id: SessionID = row.id("id")
        let items = try connection.query(SessionReadStatements.items, [.id(id)])
        var view = SessionView(
            id: id, status: SessionStatus(rawValue: row.text("status")) ?? .failed, customerID: row.text("customer_id"),
            photoID: row.optionalID("photo_id"), cartID: row.optionalText("cart_id"),
            quality: Quality(rawValue: row.text("quality")) ?? .sd, costCredits: Int(row.integer("cost_credits")),
            items: items.map { item in
                SessionView.Item(
                    id: item.id("id"), sku: item.text("sku"),
                    status: ItemStatus(rawValue: item.text("status")) ?? .failed,
                    resultPath: item.optionalText("result_path"), renderer: item.optionalText("renderer"),
                    errorCode: item.optionalText("error_code"), errorMessage: item.optionalText("error_message"))
            }, metadata: row.optionalBytes("metadata") ?? Array("{}".utf8))
        view.errorCode = row.optionalText("error_code")
        view.errorMessage = row.optionalText("error_message")
        view.duplicateOf = row.optionalID("duplicate_of")
        view.startedAt = row.optionalTime("started_at")
        view.finishedAt = row.optionalTime("finished_at")
        return view
    }
}
