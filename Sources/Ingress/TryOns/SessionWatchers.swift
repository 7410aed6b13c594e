internal import Domain
internal import Platform

/// The clients of one loop that watch sessions; all of them share one subscription.
final class SessionWatchers {
    static let watchersMax = 10_000
    /// How long a shard is marked as watched, and how often the mark is renewed.
    private static let markSeconds: Int64 = 60
    private static let renewal = Duration.seconds(20)

    private struct Entry {
        weak var watcher: SessionWatcher?
        let shard: Int
    }

    private let loop: EventLoop
    private let redis: RedisStore
    private var entries: [SessionID: [Entry]] = [:]
    private var isRenewing = false
    private var isDraining = false

    /// Subscribes to changes; call it before the store is started.
    init(loop: EventLoop, redis: RedisStore) {
        self.loop = loop
        self.redis = redis
        // After a lost subscription every watcher looks again.
        redis.subscribe(RedisKeys.watchChannel) { [weak self] in
            self?.notifyAll()
        } onMessage: { [weak self] message in
            if let id = SessionID(message) { self?.notify(id) }
        }
    }

    /// Adds a watcher, which leaves when its stream is released.
    /// - Throws: `store_unavailable` if there are too many, or if Redis fails.
    func add(_ watcher: SessionWatcher, shard: Int) async throws(Problem) {
        guard !isDraining else { throw Problem(.storeUnavailable, "this server is stopping; connect again") }
        if count >= Self.watchersMax { removeEnded() }
        guard count < Self.watchersMax else {
            throw Problem(.storeUnavailable, "too many sessions are being watched").retrying(afterSeconds: 10)
        }
        entries[watcher.sessionID, default: []].append(Entry(watcher: watcher, shard: shard))
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
