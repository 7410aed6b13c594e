internal import Shared

/// What the transaction that erases a customer has found and forgotten.
struct CustomerErasure: Sendable {
    private(set) var photos: [PhotoID] = []
    /// What is left to delete outside MariaDB.
    private(set) var list: ErasureList

    /// Forgets the customer in MariaDB, and writes down what is left; nil where there is none of this name.
    ///
    /// To be run in a transaction.
    init?(
        _ externalID: String, _ key: APIKey, _ keys: RedisKeys, batch: String, at now: Timestamp,
        _ connection: MySQLConnection
    ) throws(MySQLError) {
        let name = key.tenant + [MySQLValue.text(externalID)]
        guard let row = try connection.query(CustomerStatements.lock, name).first else { return nil }
        let id = MySQLValue.text(row.text(0))
        let organization = key.organizationID
        let reference = keys.customerReference(
            organization, key.environment, externalIDHash: ReferenceFiller.hash(ofCustomer: externalID))
        var entries = [ErasureList.Entry(.key, reference)]
        try connection.update(CustomerErasureStatements.deletePhotos, [.time(now), id])
        for photo in try connection.query(CustomerErasureStatements.photos, [id]) {
            photos.append(photo.id(0))
            entries.append(ErasureList.Entry(.file, photo.text(1)))
            entries.append(ErasureList.Entry(.key, keys.photoReference(organization, key.environment, photo.id(0))))
            entries.append(ErasureList.Entry(.tickets, "\(organization) \(photo.text(0))"))
        }
        let sessions: [SessionID] = try connection.query(CustomerErasureStatements.sessions, name).map { $0.id(0) }
        for piece in StatementSize.pieces(sessions) {
            let ids = piece.map { MySQLValue.id($0) }
            try connection.update(CustomerErasureStatements.forgetSessions(ids.count), ids)
            for item in try connection.query(CustomerErasureStatements.items(ids.count), ids) {
                entries.append(
                    ErasureList.Entry(.file, ObjectStore.resultPath(organization, item.id(0), item.id(1))))
            }
            try connection.update(CustomerErasureStatements.forgetResults(ids.count), ids)
            try connection.update(CustomerErasureStatements.forgetEvents(ids.count), ids)
        }
        try connection.update(CustomerErasureStatements.forgetCustomer, [.time(now), .time(now), id])
        try connection.update(IdempotencyStatements.forget, [.id(organization), id])
        list = ErasureList(batch: batch, entries)
        try list.write(at: now, connection)
    }
}
