package import Platform

/// Files, Redis keys and data of waiting jobs that must be deleted, because a customer or a picture was, or because a file has no row.
///
/// The list is written in the transaction that erases the customer, or before the file is stored. It is removed after all its
/// entries are deleted, or when the file has its row. If the process dies before that, a worker's sweeper continues.
package struct ErasureList: Sendable {
    package enum Kind: String, Sendable {
        case file, key
        /// The waiting jobs of an organisation that use a photo; the name is both ids, separated by a space.
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

    /// An entry to insert.
    struct Row {
        let batch: String
        let entry: Entry
        let dueAt: Timestamp
    }

    /// An entry that is due, with its id in the table.
    package struct Due: Sendable {
        package let id: Int64
        package let entry: Entry
    }

    /// Time during which only the process that wrote the list works on it, if no other is given.
    package static let grace = Duration.seconds(60)
    package let batch: String
    package private(set) var entries: [Entry]

    package init(batch: String, _ entries: [Entry]) {
        self.batch = batch
        self.entries = entries
    }

    /// Writes the list; a worker may work on it after `grace`.
    package func write(
        at now: Timestamp, grace: Duration = grace, _ connection: MySQLConnection
    ) throws(MySQLError) {
        let rows = entries.map { Row(batch: batch, entry: $0, dueAt: now + grace) }
        try connection.insert(rows, ErasureStatements.insert)
    }

    /// Removes the whole list.
    package func remove(_ connection: MySQLConnection) throws(MySQLError) {
        try connection.update(ErasureStatements.removeBatch, [.text(batch)])
    }

    /// Removes the whole list, so that nothing of it is deleted.
    /// - Returns: false if a worker may delete some of it already, or soon.
    package func withdraw(_ connection: MySQLConnection) throws(MySQLError) -> Bool {
        try connection.update(ErasureStatements.withdrawBatch, [.text(batch)]) == entries.count
    }

    /// Reads the entries that are due, oldest first, 256 at most.
    package static func due(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) -> [Due] {
        try connection.query(ErasureStatements.due, [.time(now)]).compactMap { row in
            Kind(rawValue: row.text("kind")).map { Due(id: row.integer("id"), entry: Entry($0, row.text("name"))) }
        }
    }

    /// Postpones entries that could not be deleted, so that all others are tried first.
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
