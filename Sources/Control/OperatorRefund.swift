internal import Domain
internal import Platform

/// The refund of completed items by an operator; each item is refunded once.
struct OperatorRefund: Sendable {
    struct Item: Sendable {
        let id: String
        let credits: Int
    }

    /// The account after the refund; nil if there is no such session or item.
    let account: Account?
    let items: [Item]

    /// Refunds an item, or the items of a session, in one transaction, and writes the events.
    static func make(of id: String, at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError)
        -> OperatorRefund
    {
        try connection.transaction { () throws(MySQLError) in
            guard let row = try connection.query(OperatorRefundStatements.session, ["id": .text(id)]).first else {
                return OperatorRefund(account: nil, items: [])
            }
            let organization: OrganizationID = row.id("organization_id")
            let session: SessionID = row.id("id")
            _ = try Account.lock(organization, connection)
            // A session that goes on is refunded by its worker.
            let status = try connection.query(OperatorRefundStatements.lock, [.id(session)]).first?.text("status")
            guard status.flatMap({ SessionStatus(rawValue: $0) })?.isTerminal == true else {
                return OperatorRefund(account: try Account.read(organization, connection), items: [])
            }
            let open = try connection.query(
                OperatorRefundStatements.items, ["session": .id(session), "id": .text(id)])
            let items = open.map { Item(id: $0.text("id"), credits: Int($0.integer("price_credits"))) }
            try connection.insert(
                items.map { item in
                    LedgerEntry(
                        organizationID: organization, reference: "refund:\(item.id)", kind: .refund,
                        amountCredits: Int64(item.credits), sessionID: session, itemID: ItemID(item.id), createdAt: now)
                }, LedgerStatements.insert)
            let total = items.reduce(0) { $0 + $1.credits }
            if total > 0 {
                try connection.update(
                    OperatorRefundStatements.raiseBalance, ["amount": .integer(Int64(total)), "id": .id(organization)])
            }
            for item in items {
                try writeEvent(item, session, organization, row.text("environment"), now, connection)
            }
            return OperatorRefund(account: try Account.read(organization, connection), items: items)
        }
    }

    /// Writes the event of a refund, and its deliveries, which the reconciler enqueues.
    private static func writeEvent(
        _ item: Item, _ session: SessionID, _ organization: OrganizationID, _ environment: String, _ now: Timestamp,
        _ connection: MySQLConnection
    ) throws(MySQLError) {
        var random = SystemRandomSource()
        let event = EventID(at: now, random: &random)
        let body = JSONWriter.object(capacity: 256) { json in
            json.field("id", event)
            json.field("type", "credits.refunded")
            json.field("createdAt", now)
            json.field("organizationId", organization)
            json.key("data")
            json.object { json in
                json.field("amount", item.credits)
                json.field("sessionId", session)
                json.field("itemId", item.id)
            }
        }
        try connection.update(
            OperatorRefundStatements.insertEvent,
            [
                "id": .id(event), "organization": .id(organization), "environment": .text(environment),
                "subject": .text(item.id), "body": .bytes(body), "now": .time(now),
            ])
        let endpoints = try connection.query(
            OperatorRefundStatements.endpoints,
            ["organization": .id(organization), "environment": .text(environment)])
        for endpoint in endpoints {
            let types = endpoint.text("events").split(separator: " ")
            guard types.contains("*") || types.contains("credits.refunded") else { continue }
            try connection.update(
                OperatorRefundStatements.insertDelivery,
                [
                    "id": .id(DeliveryID(at: now, random: &random)), "organization": .id(organization),
                    "event": .id(event), "webhook": .text(endpoint.text("id")), "now": .time(now),
                ])
        }
    }
}
