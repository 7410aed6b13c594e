/// Files, Redis keys and waiting tickets that are to be deleted for somebody's sake.
///
/// They are written down in the transaction that forgets the person, and crossed out when they are gone: a process that
/// dies in between leaves them to the workers' sweeper.
package struct ErasureList: Sendable {
    package enum Kind: String, Sendable {
        case file, key
        /// The sessions of an organisation that wait with a photo: the name is both ids.
        case tickets
    }

    package struct Entry: Hashable, Sendable {
        package let kind: Kind
        package let name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// What is left to do, with its number in the table.
    package struct Due: Sendable {
        package let id: Int64
        package let entry: Entry
    }

    /// How long whoever wrote the list has it to itself.
    private static let grace = Duration.seconds(60)
    package let batch: String
    package private(set) var entries: [Entry]

    package init(batch: String, _ entries: [Entry]) {
        self.batch = batch
        self.entries = entries
    }

    /// Writes the list down.
    package func write(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) {
        let due = MySQLValue.time(now + Self.grace)
        try connection.insert(
            entries.map { [.text(batch), .text($0.kind.rawValue), .text($0.name), due] }, ErasureStatements.insert)
    }

    /// Crosses the whole list out.
    package func remove(_ connection: MySQLConnection) throws(MySQLError) {
        try connection.update(ErasureStatements.removeBatch, [.text(batch)])
    }

    /// The oldest entries that are due.
    package static func due(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) -> [Due] {
        try connection.query(ErasureStatements.due, [.time(now)]).compactMap { row in
            Kind(rawValue: row.text(1)).map { Due(id: row.integer(0), entry: Entry($0, row.text(2))) }
        }
    }

    /// Comes back to entries that could not be deleted, behind all others.
    package static func postpone(
        _ failed: [Due], until time: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) {
        for piece in StatementSize.pieces(failed) {
            try connection.update(
                ErasureStatements.postpone(piece.count), [.time(time)] + piece.map { .integer($0.id) })
        }
    }

    /// Crosses entries out.
    package static func remove(_ done: [Due], _ connection: MySQLConnection) throws(MySQLError) {
        for piece in StatementSize.pieces(done) {
            try connection.update(ErasureStatements.remove(piece.count), piece.map { .integer($0.id) })
        }
    }
}
