internal import Domain
internal import Platform

/// Finds sessions, which wait in Redis or are stored in MariaDB.
final class SessionFinder {
    private static let holdsReadMax: Int64 = 2_000
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let producer: QueueProducer
    private let parser = JSONParserHandle(bytesMax: 1 << 20)

    init(redis: RedisStore, mysql: MySQLPool) {
        self.redis = redis
        self.mysql = mysql
        producer = QueueProducer(redis)
    }

    /// A session as Redis has it.
    private struct Waiting {
        let view: SessionView
        /// Whether a worker may have charged it, so that MariaDB knows more.
        let isDecided: Bool
    }

    /// The session; nil if this tenant has none with this id.
    func find(_ id: SessionID, _ key: APIKey) async throws(Problem) -> SessionView? {
        if let waiting = await waiting(id, key), !waiting.isDecided { return waiting.view }
        if let view = try await stored(id, key) { return view }
        // Started, but not committed when MariaDB was read. A session is removed from Redis only after its commit, so
        // one of the two has it.
        if let waiting = await waiting(id, key) { return waiting.view }
        return try await stored(id, key)
    }

    /// The newest sessions, one more than the page.
    func list(
        _ key: APIKey, before: SessionID?, limit: Int, parameters: MySQLParameters
    ) async throws(Problem) -> [SessionView] {
        let waiting = try await newestWaiting(key, before: before, countMax: 2 * limit)
        let stored = try await mysql.ask { connection throws(MySQLError) in
            try SessionReader.list(key, page: parameters, connection)
        }
        let known = Set(stored.map(\.id))
        let views = waiting.filter { !known.contains($0.id) } + stored
        return Array(views.sorted { $0.id > $1.id }.prefix(limit + 1))
    }

    private func stored(_ id: SessionID, _ key: APIKey) async throws(Problem) -> SessionView? {
        try await mysql.ask { connection throws(MySQLError) in try SessionReader.find(id, key, connection) }
    }

    private func waiting(_ id: SessionID, _ key: APIKey) async -> Waiting? {
        let state: JobState?
        do throws(RedisError) {
            state = try await producer.inspect(id.description, in: key.names.place)
        } catch {
            // MariaDB may still have it.
            return nil
        }
        guard let state, state.payload.count == 2, let job = TryOnJob(state.payload[0], parser),
            job.organizationID == key.organizationID, job.environment == key.environment
        else { return nil }
        let photo = PhotoID(String(decoding: state.payload[1], as: UTF8.self))
        var view = SessionView(queued: id, job, photoID: photo)
        // Canceled before a worker claimed it: it is never charged.
        if state.isCanceled { view.cancel() }
        return Waiting(view: view, isDecided: state.isClaimed || state.isCancelRequested)
    }

    /// The newest sessions that MariaDB may not have yet: those in the organisation's lane, and those with a hold.
    ///
    /// The lane has what waits, canceled sessions too; the holds have what is claimed and not charged. More than
    /// `holdsReadMax` holds are not read.
    private func newestWaiting(
        _ key: APIKey, before: SessionID?, countMax: Int
    ) async throws(Problem) -> [SessionView] {
        let place = key.names.place
        let lane = redis.keys.lane(place.queue, shard: place.shard, key.organizationID.description)
        var ids: [SessionID]
        do throws(RedisError) {
            let count = try await redis.send(RedisCommand(["HLEN", key.names.holds]), to: key.names.slot).integer ?? 0
            var found =
                try await redis.send(
                    RedisCommand(["LRANGE", lane, "0", String(countMax)]), to: key.names.slot
                ).elements ?? []
            if count <= Self.holdsReadMax {
                found +=
                    try await redis.send(RedisCommand(["HKEYS", key.names.holds]), to: key.names.slot).elements ?? []
            }
            ids = Array(Set(found.compactMap { $0.text.flatMap { SessionID($0) } }))
        } catch {
            throw Problem(redis: error)
        }
        ids = ids.filter { id in before.map { id < $0 } ?? true }.sorted(by: >)
        var views: [SessionView] = []
        for id in ids.prefix(countMax) {
            if let waiting = await waiting(id, key) { views.append(waiting.view) }
        }
        return views
    }
}
