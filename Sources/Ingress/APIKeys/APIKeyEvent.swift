internal import Domain
internal import Platform

/// An event about an API key, for the endpoints of its environment.
struct APIKeyEvent {
    private let name: EventName
    private let row: MySQLRow
    private let organizationID: OrganizationID

    /// `row`: the key, as `APIKeyListStatements.read` reads it.
    init(_ name: EventName, of row: MySQLRow, _ organizationID: OrganizationID) {
        self.name = name
        self.row = row
        self.organizationID = organizationID
    }

    /// Writes the event in the transaction of the change.
    func write(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) -> [PendingDelivery] {
        let environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
        let (row, name, organizationID) = (row, name, organizationID)
        var outbox = EventOutbox<OrganizationID>(
            now: now, subscribers: try Subscribers(of: [organizationID], connection))
        outbox.add(name.rawValue, of: organizationID, environment, origin: organizationID) {
            var random = SystemRandomSource()
            // A key may be revoked more than once, so each event is its own subject.
            let id = EventID(at: now, random: &random)
            return OutgoingEvent(
                id: id, organizationID: organizationID, environment: environment, subjectID: id.description,
                type: name.rawValue
            ) { json in
                json.field("keyId", row.text("id"))
                json.field("name", row.text("name"))
                json.field("prefix", "drape_\(environment.rawValue)_\(row.text("key_prefix"))")
            }
        }
        return try outbox.write(connection)[organizationID] ?? []
    }
}
