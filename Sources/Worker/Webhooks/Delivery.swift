internal import Shared

/// One event on its way to one endpoint, as MariaDB has it.
struct Delivery: Sendable {
    let id: String
    let organizationID: OrganizationID
    let isPending: Bool
    /// Attempts so far.
    let attempts: Int
    let nextAttemptAt: Timestamp?
    let eventID: String
    let eventType: String
    let body: [UInt8]
    let traceparent: String?
    let webhookID: String
    let url: String
    let sealedSecret: [UInt8]
    let isWanted: Bool

    init(_ row: MySQLRow) {
        id = row.text(0)
        organizationID = row.id(1)
        isPending = row.text(2) == "pending"
        attempts = Int(row.integer(3))
        nextAttemptAt = row.optionalTime(4)
        eventID = row.text(5)
        eventType = row.text(6)
        body = row.optionalBytes(7) ?? []
        traceparent = row.optionalText(8)
        webhookID = row.text(9)
        url = row.text(10)
        sealedSecret = row.optionalBytes(11) ?? []
        isWanted = row.boolean(12) && row.optionalText(13) == nil
    }

    /// The group's deliveries, in its order; nil where there is no such row.
    static func load(_ ids: [String], _ connection: MySQLConnection) throws(MySQLError) -> [Delivery?] {
        let padded = StatementSize.padded(ids)
        let rows = try connection.query(DeliveryStatements.load(padded.count), padded.map { .text($0) })
        let found = Dictionary(rows.map { ($0.text(0), Delivery($0)) }) { first, _ in first }
        return ids.map { found[$0] }
    }
}
