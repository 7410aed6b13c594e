internal import Shared

/// What a loop knows of API keys, by the hash of their text.
///
/// It need not expire: every use is checked against the authorisation version in Redis, which any change raises.
final class KeyCache {
    private enum Entry {
        case key(APIKey)
        /// There was no such key a moment ago.
        case absent(until: Timestamp)
    }

    static let entriesMax = 20_000
    private static let absenceLifetime = Duration.seconds(5)
    private let mysql: MySQLPool
    private var entries: [String: Entry] = [:]
    private var used: [APIKeyID: Timestamp] = [:]

    init(mysql: MySQLPool) {
        self.mysql = mysql
    }

    /// The key with this hash, from memory or from MariaDB; nil where there is none.
    func find(_ hash: String, at now: Timestamp) async throws(Problem) -> APIKey? {
        switch entries[hash] {
        case .key(let key):
            used[key.id] = now
            return key
        case .absent(let until) where until > now: return nil
        case .absent, nil: return try await reload(hash, at: now)
        }
    }

    /// Reads the key anew from MariaDB.
    func reload(_ hash: String, at now: Timestamp) async throws(Problem) -> APIKey? {
        let key = try await mysql.ask { connection throws(MySQLError) in
            try APIKey.find(hash: hash, connection)
        }
        if entries.count >= Self.entriesMax { entries.removeAll(keepingCapacity: true) }
        if let key {
            entries[hash] = .key(key)
            used[key.id] = now
        } else {
            entries[hash] = .absent(until: now + Self.absenceLifetime)
        }
        return key
    }

    /// Writes when keys were last used: once in a while, and late, which is precise enough for a person.
    func writeUses() async throws(Problem) {
        let due = used
        used.removeAll()
        if due.isEmpty { return }
        try await mysql.ask { connection throws(MySQLError) in
            for (id, time) in due {
                try connection.update(APIKeyStatements.touch, [.time(time), .time(time), .id(id)])
            }
        }
    }
}
