internal import Domain
internal import Platform

/// The API keys that one event loop has cached.
///
/// Entries need not expire: every use is checked against the authorisation version in Redis, which any change
/// increments.
final class APIKeyCache {
    private static let entriesMax = 20_000
    private static let absenceLifetime = Duration.seconds(5)
    private let mysql: MySQLPool
    private let names: RedisKeys
    /// By the text that clients send, so that a cached key is not hashed again.
    private var keys: [String: APIKey] = [:]
    /// Hashes that no key has, until this entry expires.
    private var absentUntil: [String: Timestamp] = [:]
    private var used: [APIKeyID: Timestamp] = [:]

    init(mysql: MySQLPool, names: RedisKeys) {
        self.mysql = mysql
        self.names = names
    }

    /// The key with this text, if it is cached.
    func known(_ text: String, at now: Timestamp) -> APIKey? {
        guard let key = keys[text] else { return nil }
        if used[key.id] != now { used[key.id] = now }
        return key
    }

    /// Reads a key from MariaDB, unless it is cached as absent; nil if there is none.
    func find(_ secret: APIKeySecret, at now: Timestamp) async throws(Problem) -> APIKey? {
        if let until = absentUntil[secret.hash], until > now { return nil }
        return try await reload(secret, at: now)
    }

    /// Reloads a key from MariaDB; a slow result does not replace a newer one.
    func reload(_ secret: APIKeySecret, at now: Timestamp) async throws(Problem) -> APIKey? {
        let (names, hash) = (self.names, secret.hash)
        let key = try await mysql.ask { connection throws(MySQLError) in
            try APIKey.find(hash: hash, names, connection)
        }
        guard let key else {
            keys[secret.text] = nil
            if absentUntil.count >= Self.entriesMax { absentUntil.removeAll(keepingCapacity: true) }
            absentUntil[hash] = now + Self.absenceLifetime
            return nil
        }
        if let known = keys[secret.text], known.authVersion > key.authVersion { return known }
        if keys.count >= Self.entriesMax, let any = keys.keys.first { keys[any] = nil }
        keys[secret.text] = key
        used[key.id] = now
        return key
    }

    /// Writes when keys were last used; called periodically, so the times are approximate.
    func writeUses() async throws(Problem) {
        let due = used
        used.removeAll()
        if due.isEmpty { return }
        try await mysql.ask { connection throws(MySQLError) in
            for (id, time) in due {
                try connection.update(APIKeyStatements.touch, ["time": .time(time), "id": .id(id)])
            }
        }
    }
}
