internal import Shared

/// What a loop knows of API keys, by the hash of their text.
///
/// It need not expire: every use is checked against the authorisation version in Redis, which any change raises.
final class KeyCache {
    static let entriesMax = 20_000
    private static let absenceLifetime = Duration.seconds(5)
    private let mysql: MySQLPool
    private let names: RedisKeys
    private var keys: [String: APIKey] = [:]
    /// Hashes that were no key's a moment ago.
    private var absentUntil: [String: Timestamp] = [:]
    private var used: [APIKeyID: Timestamp] = [:]

    init(mysql: MySQLPool, names: RedisKeys) {
        self.mysql = mysql
        self.names = names
    }

    /// Whether the hash is a key's, as far as is known without asking.
    func knows(_ hash: String) -> Bool { keys[hash] != nil }

    /// The key with this hash, from memory or from MariaDB; nil where there is none.
    func find(_ hash: String, at now: Timestamp) async throws(Problem) -> APIKey? {
        if let key = keys[hash] {
            used[key.id] = now
            return key
        }
        if let until = absentUntil[hash], until > now { return nil }
        return try await reload(hash, at: now)
    }

    /// Reads the key anew from MariaDB.
    ///
    /// A slow answer does not replace a newer one.
    func reload(_ hash: String, at now: Timestamp) async throws(Problem) -> APIKey? {
        let names = self.names
        let key = try await mysql.ask { connection throws(MySQLError) in
            try APIKey.find(hash: hash, names, connection)
        }
        guard let key else {
            keys[hash] = nil
            if absentUntil.count >= Self.entriesMax { absentUntil.removeAll(keepingCapacity: true) }
            absentUntil[hash] = now + Self.absenceLifetime
            return nil
        }
        if let known = keys[hash], known.authVersion > key.authVersion { return known }
        if keys.count >= Self.entriesMax, let any = keys.keys.first { keys[any] = nil }
        keys[hash] = key
        used[key.id] = now
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
