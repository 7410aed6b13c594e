package import Platform

/// Files, Redis keys and waiting jobs that must be deleted because a customer was erased.
///
/// The list is written in the transaction that erases the customer, and removed when everything on it is gone. If the
/// process dies in between, the workers' sweeper goes on with it.
package struct ErasureList: Sendable {
    package enum Kind: String, Sendable {
        case file, key
        /// The jobs of an organisation that wait with a photo; the name is both ids.
        case jobs = "tickets"
    }

    package struct Entry: Hashable, Sendable {
        package let kind: Kind
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// An entry as it is written.
    struct Row {
        let batch: String
        let entry: Entry
        let dueAt: Timestamp
    }

    /// An entry that is due, with its number in the table.
    package struct Due: Sendable {
        package let id: Int64
        package let entry: Entry
    }

    /// For so long only the process that wrote the list works on it.
    private static let grace = Duration.seconds(60)
    package let batch: String
    package private(set) var entries: [Entry]

    package init(batch: String, _ entries: [Entry]) {
        self.batch = batch
        self.entries = entries
    }

    /// Writes the list.
    package func write(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) {
        let rows = entries.map { Row(batch: batch, entry: $0, dueAt: now + Self.grace) }
        try connection.insert(rows, ErasureStatements.insert)
    }

    /// Removes the whole list.
    package func remove(_ connection: MySQLConnection) throws(MySQLError) {
        try connection.update(ErasureStatements.removeBatch, [.text(batch)])
    }

    /// The oldest entries that are due.
    package static func due(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) -> [Due] {
        try connection.query(ErasureStatements.due, [.time(now)]).compactMap { row in
            Kind(rawValue: row.text("kind")).map { Due(id: row.integer("id"), entry: Entry($0, row.text("name"))) }
        }
    }

    /// Tries entries that could not be deleted again later, after all others.
    package static func postpone(
        _ failed: [Due], until time: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) {
        for piece in BatchSize.pieces(failed) {
            try connection.update(
                ErasureStatements.postpone(piece.count), [.time(time)] + piece.map { .integer($0.id) })
        }
    }

    /// Removes entries that are done.
    package static func remove(_ done: [Due], _ connection: MySQLConnection) throws(MySQLError) {
        for piece in BatchSize.pieces(done) {
            try connection.update(ErasureStatements.remove(piece.count), piece.map { .integer($0.id) })
        }
    }
}
