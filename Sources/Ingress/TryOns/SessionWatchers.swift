internal import Domain
internal import Platform

/// The clients of one loop that watch sessions; all of them share one subscription.
final class SessionWatchers {
    /// Each has a connection and its state in memory.
    private static let watchersMost = 10_000
    private static let organizationMost = 1_000
    /// How long a shard is marked as watched, and how often the mark is renewed.
    private static let markSeconds: Int64 = 60
    private static let renewal = Duration.seconds(20)

    private struct Entry {
        weak var watcher: SessionWatcher?
        let organizationID: OrganizationID
        let shard: Int
    }

    private let loop: EventLoop
    private let redis: RedisStore
    private let watchersMax: Int
    private let organizationMax: Int
    private var entries: [SessionID: [Entry]] = [:]
    private var isRenewing = false
    private var isDraining = false

    /// Subscribes to changes; call it before the store is started.
    ///
    /// `connectionsMax`: the most connections of the loop; watchers take at most half of them, and those of one
    /// organisation an eighth.
    init(loop: EventLoop, redis: RedisStore, connectionsMax: Int) {
        self.loop = loop
        self.redis = redis
        watchersMax = max(1, min(Self.watchersMost, connectionsMax / 2))
        organizationMax = max(1, min(Self.organizationMost, connectionsMax / 8))
        // After a lost subscription every watcher looks again.
        redis.subscribe(RedisKeys.watchChannel) { [weak self] in
            self?.notifyAll()
        } onMessage: { [weak self] message in
            if let id = SessionID(message) { self?.notify(id) }
        }
    }

    /// Adds a watcher, which leaves when its stream is released.
    /// - Throws: `rate_limited` if its organisation has too many, `store_unavailable` if there are too many of all, or if
    ///   Redis fails.
    func add(_ watcher: SessionWatcher, _ key: APIKey) async throws(Problem) {
        guard !isDraining else { throw Problem(.storeUnavailable, "this server is stopping; connect again") }
        let (organization, shard) = (key.organizationID, key.names.place.shard)
        if count >= watchersMax || count(organization) >= organizationMax { removeEnded() }
        guard count(organization) < organizationMax else {
            throw Problem(.rateLimited, "your organisation watches \(organizationMax) sessions here; close a stream")
                .retrying(afterSeconds: 10)
        }
        guard count < watchersMax else {
            throw Problem(.storeUnavailable, "too many sessions are being watched").retrying(afterSeconds: 10)
        }
        entries[watcher.sessionID, default: []].append(
            Entry(watcher: watcher, organizationID: organization, shard: shard))
        do throws(RedisError) {
            try await mark(shard)
        } catch {
            throw Problem(redis: error)
        }
        if !isRenewing { renewLater() }
    }

    /// Ends all streams.
    func drain() {
        isDraining = true
        for entry in entries.values.joined() { entry.watcher?.stop() }
    }

    private var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    private func count(_ organization: OrganizationID) -> Int {
        entries.values.reduce(0) { sum, some in sum + some.count { $0.organizationID == organization } }
    }

    private func notify(_ id: SessionID) {
        for entry in entries[id] ?? [] { entry.watcher?.notify() }
    }

    private func notifyAll() {
        for entry in entries.values.joined() { entry.watcher?.notify() }
    }

    private func removeEnded() {
        for (id, some) in entries {
            let left = some.filter { $0.watcher != nil }
            entries[id] = left.isEmpty ? nil : left
        }
    }

    // MARK: Marks

    /// Marks a shard as watched: workers publish its changes.
    private func mark(_ shard: Int) async throws(RedisError) {
        let command = RedisCommand(["SET", redis.keys.watchers(shard: shard), "1", "EX", String(Self.markSeconds)])
        _ = try await redis.send(command, to: redis.keys.slot(ofShard: shard))
    }

    private func renewLater() {
        isRenewing = true
        let bound = LoopBound(self, on: loop)
        loop.schedule(after: Self.renewal) {
            _ = Task(executorPreference: bound.loop) { await bound.value.renew() }
        }
    }

    private func renew() async {
        removeEnded()
        isRenewing = !entries.isEmpty
        guard isRenewing else { return }
        for shard in Set(entries.values.joined().map(\.shard)) {
            // If Redis fails, the heartbeats of the watchers read the state.
            do throws(RedisError) { try await mark(shard) } catch { break }
        }
        renewLater()
    }
}
