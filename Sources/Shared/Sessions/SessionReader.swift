/// Reads sessions from MariaDB as their owners see them.
package enum SessionReader {
    /// The session; nil where this tenant has none of this id.
    package static func find(
        _ id: SessionID, _ organization: OrganizationID, _ environment: TenantEnvironment, _ connection: MySQLConnection
    ) throws(MySQLError) -> SessionView? {
        let rows = try connection.query(
            SessionReadStatements.one, [.id(organization), .text(environment.rawValue), .id(id)])
        guard let row = rows.first else { return nil }
        return try view(row, connection)
    }

    /// One row more than a page has, newest first.
    package static func list(
        _ organization: OrganizationID, _ environment: TenantEnvironment, page: [MySQLValue],
        _ connection: MySQLConnection
    ) throws(MySQLError) -> [SessionView] {
        let rows = try connection.query(
            SessionReadStatements.list, [.id(organization), .text(environment.rawValue)] + page)
        var views: [SessionView] = []
        for row in rows { views.append(try view(row, connection)) }
        return views
    }

    private static func view(_ row: MySQLRow, _ connection: MySQLConnection) throws(MySQLError) -> SessionView {
        let id: SessionID = row.id(0)
        let items = try connection.query(SessionReadStatements.items, [.id(id)])
        var view = SessionView(
            id: id, status: SessionStatus(rawValue: row.text(1)) ?? .failed, customerID: row.text(2),
            photoID: row.optionalText(3).flatMap { PhotoID($0) }, cartID: row.optionalText(4),
            quality: Quality(rawValue: row.text(5)) ?? .sd, costCredits: Int(row.integer(6)),
            items: items.map { item in
                SessionView.Item(
                    id: item.id(0), sku: item.text(1), status: ItemStatus(rawValue: item.text(2)) ?? .failed,
                    resultPath: item.optionalText(3), renderer: item.optionalText(4),
                    errorCode: item.optionalText(5), errorMessage: item.optionalText(6))
            }, metadata: row.optionalBytes(7) ?? Array("{}".utf8))
        view.errorCode = row.optionalText(8)
        view.errorMessage = row.optionalText(9)
        view.duplicateOf = row.optionalText(10).flatMap { SessionID($0) }
        view.startedAt = row.optionalTime(11)
        view.finishedAt = row.optionalTime(12)
        return view
    }
}
