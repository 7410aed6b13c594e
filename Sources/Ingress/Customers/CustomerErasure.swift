internal import Domain
internal import Platform

/// The transaction that erases a customer, and the data that it leaves to delete.
struct CustomerErasure: Sendable {
    private(set) var photos: [PhotoID] = []
    /// The data outside MariaDB that must be deleted.
    private(set) var list: ErasureList
    /// Those of the event about it.
    private(set) var deliveries: [PendingDelivery] = []

    /// Erases the customer in MariaDB, and writes the erasure list; nil if there is no customer with this id.
    ///
    /// Must run in a transaction.
    init?(
        _ externalID: String, _ key: APIKey, batch: String, at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let name = key.tenant + ["external_id": .text(externalID)]
        guard let row = try connection.query(CustomerStatements.lock, name).first else { return nil }
        let (id, organization) = (row["id"], key.organizationID)
        let reference = key.names.customerPrefix + ReferenceCache.hash(ofCustomer: externalID)
        var entries = [ErasureList.Entry(.key, reference)]
        try connection.update(CustomerErasureStatements.deletePhotos, ["now": .time(now), "id": id])
        for row in try connection.query(CustomerErasureStatements.photos, [id]) {
            let photo: PhotoID = row.id("id")
            photos.append(photo)
            entries += ObjectPath.files(ofPhoto: row.text("object_path")).map { ErasureList.Entry(.file, $0) }
            entries.append(ErasureList.Entry(.key, key.names.photoPrefix + photo.description))
            entries.append(ErasureList.Entry(.jobs, "\(organization) \(photo)"))
            try connection.update(
                IdempotencyStatements.forget, ["organization": .id(organization), "subject": .id(photo)])
        }
        let sessions: [SessionID] = try connection.query(CustomerErasureStatements.sessions, name).map { $0.id("id") }
        for piece in BatchSize.pieces(sessions) {
            let ids = piece.map { MySQLValue.id($0) }
            try connection.update(CustomerErasureStatements.eraseSessions(ids.count), ids)
            var items: [ItemID] = []
            for item in try connection.query(CustomerErasureStatements.items(ids.count), ids) {
                let id: ItemID = item.id("id")
                items.append(id)
                let path = ObjectPath.result(organization, item.id("session_id"), id)
                entries.append(ErasureList.Entry(.file, path))
            }
            for some in BatchSize.paddedPieces(items) {
                try connection.update(CustomerErasureStatements.eraseEvents(some.count), some.map { .id($0) })
            }
            try connection.update(CustomerErasureStatements.eraseResults(ids.count), ids)
            try connection.update(CustomerErasureStatements.eraseEvents(ids.count), ids)
        }
        try connection.update(CustomerErasureStatements.eraseCustomer, ["now": .time(now), "id": id])
        try connection.update(IdempotencyStatements.forget, ["organization": .id(organization), "subject": id])
        list = ErasureList(batch: batch, entries)
        try list.write(at: now, connection)
        deliveries = try Self.writeEvent(of: row.id("id"), key, at: now, connection)
    }

    /// The event names the customer by the id alone, which says nothing about a person.
    private static func writeEvent(
        of id: CustomerID, _ key: APIKey, at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) -> [PendingDelivery] {
        let (name, organization, environment) = (EventName.customerErased.rawValue, key.organizationID, key.environment)
        var outbox = EventOutbox<CustomerID>(
            now: now, subscribers: try Subscribers(of: [organization], connection))
        outbox.add(name, of: organization, environment, origin: id) {
            OutgoingEvent(
                organizationID: organization, environment: environment, subjectID: id.description, type: name
            ) { json in json.field("customerId", id) }
        }
        return try outbox.write(connection)[id] ?? []
    }
}
