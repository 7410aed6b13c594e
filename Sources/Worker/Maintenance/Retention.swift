internal import Domain
internal import Platform

/// Deletes what is older than its period: pictures, events, deliveries, attempts, ended sessions.
///
/// It works in small batches with pauses, so that no other work waits for its locks; one worker of the fleet at a time.
final class Retention {
    /// How long things are kept.
    struct Periods: Sendable {
        let resultsDays: Int
        let eventsDays: Int
        let sessionsDays: Int
    }

    /// The time between two passes.
    private static let pause = Duration.seconds(300)
    private static let leaseDuration = Duration.seconds(120)
    /// Of the time of a batch: the rest belongs to others.
    private static let pauseFactor = 4
    private let loop: EventLoop
    private let redis: RedisStore
    private let boot: String
    private let mysql: MySQLPool
    private let objects: any ObjectStore
    private let periods: Periods
    private let telemetry: RetentionTelemetry
    private let logger: Logger
    private let clock: any WallClock
    private let signal = LoopSignal()
    private var isStopped = false
    /// When the pass under way began.
    private var passTime = Timestamp(unixMs: 0)
    /// The sizes of each kind's batches and transactions.
    private var batches: [RetentionKind: RetentionBatch] = [:]

    init(
        loop: EventLoop, queue: QueueConsumer, mysql: MySQLPool, objects: any ObjectStore, periods: Periods,
        telemetry: RetentionTelemetry, logger: Logger, clock: any WallClock
    ) {
        self.loop = loop
        redis = queue.redis
        boot = queue.boot
        self.mysql = mysql
        self.objects = objects
        self.periods = periods
        self.telemetry = telemetry
        self.logger = logger
        self.clock = clock
    }

    func stop() {
        isStopped = true
        signal.notify()
    }

    /// Deletes until `stop`.
    func run() async {
        while !isStopped {
            await pass()
            if isStopped { return }
            let timer = loop.schedule(after: redis.isReady ? Self.pause : .seconds(1)) { [signal] in signal.notify() }
            await signal.wait()
            loop.cancel(timer)
        }
    }

    /// Deletes all that is due now, unless another process does.
    func pass() async {
        // One time for the whole pass: what becomes due meanwhile is left to the next one, so that each kind has its turn.
        passTime = clock.now()
        for kind in RetentionKind.allCases {
            while !isStopped, await takeLease() {
                let started = loop.now
                let batch = batches[kind] ?? RetentionBatch()
                guard let deleted = await delete(kind, batch) else {
                    // Maybe because of its size.
                    batches[kind] = batch.smaller
                    break
                }
                if deleted.count == 0 { break }
                let time = loop.now - started
                telemetry.note(kind, deleted.count, in: time)
                let isFull = deleted.count >= batch.rows
                batches[kind] = batch.adapted(to: deleted.longestLock, mayGrow: isFull && deleted.longestLock > .zero)
                await loop.sleep(for: max(.milliseconds(5), time * Self.pauseFactor))
            }
        }
    }

    private func takeLease() async -> Bool {
        guard redis.isReady else { return false }
        let lease = LeaseScript(redis.keys.retentionLease, holder: boot, duration: Self.leaseDuration)
        do throws(RedisError) { return try await lease.run(redis) } catch { return false }
    }

    // MARK: Steps

    /// What a batch has deleted; of results, the rows that it has looked at.
    private struct Deleted: Sendable {
        var count = 0
        var longestLock = Duration.zero
    }

    /// Deletes a batch.
    /// - Returns: how many there were; nil if a store failed.
    private func delete(_ kind: RetentionKind, _ batch: RetentionBatch) async -> Deleted? {
        switch kind {
        case .attempt:
            await remove(
                RetentionStatements.attempts, .time(before(periods.eventsDays)),
                [RetentionStatements.deleteAttempts], batch)
        case .delivery:
            await remove(
                RetentionStatements.deliveries, .id(DeliveryID.first(at: before(periods.eventsDays))),
                [RetentionStatements.deleteDeliveries], batch)
        case .event:
            await remove(
                RetentionStatements.events, .id(EventID.first(at: before(periods.eventsDays))),
                [RetentionStatements.deleteEvents], batch)
        case .statistic: await deleteHours(batch)
        case .result: await deleteResults(batch)
        case .session:
            await deleteSessions(batch)
        }
    }

    /// Deletes sessions whose pictures are deleted: with a session its paths go.
    private func deleteSessions(_ batch: RetentionBatch) async -> Deleted? {
        let cursor = await ask { connection throws(MySQLError) in
            try connection.query(RetentionStatements.cursor).first?.text("value") ?? ""
        }
        guard let cursor else { return nil }
        let last = min(SessionID.first(at: before(periods.sessionsDays)).description, cursor)
        return await remove(
            RetentionStatements.sessions, .text(last),
            [RetentionStatements.deleteSessions, RetentionStatements.deleteItems], batch)
    }

    private func before(_ days: Int) -> Timestamp { passTime + .seconds(-86_400 * days) }

    /// Selects ids, and deletes by them in transactions of their own: locks are held for the deletion alone.
    private func remove(
        _ select: String, _ before: MySQLValue, _ deletions: [@Sendable (Int) -> String], _ batch: RetentionBatch
    ) async -> Deleted? {
        let (size, locks) = (batch.lockedRows, telemetry.locks)
        let parameters: MySQLParameters = ["before": before, "limit": .integer(Int64(batch.rows))]
        return await ask { connection throws(MySQLError) in
            let ids = try connection.query(select, parameters).map { $0["id"] }
            var deleted = Deleted(count: ids.count)
            for some in Self.pieces(ids, of: size) {
                let time = try Self.locked(locks, connection) { () throws(MySQLError) in
                    for deletion in deletions { try connection.update(deletion(some.count), some) }
                }
                deleted.longestLock = max(deleted.longestLock, time)
            }
            return deleted
        }
    }

    /// Runs statements in a transaction of their own.
    ///
    /// InnoDB releases the locks of a transaction before it waits for the disk, so the commit does not count; with a binary
    /// log it waits for that first.
    /// - Returns: how long they held their locks.
    private static func locked(
        _ locks: Histogram, _ connection: MySQLConnection, _ statements: () throws(MySQLError) -> Void
    ) throws(MySQLError) -> Duration {
        let nanoseconds = try connection.transaction { () throws(MySQLError) in
            let stopwatch = Stopwatch()
            try statements()
            return stopwatch.nanoseconds
        }
        locks.observe(nanoseconds: nanoseconds)
        return .nanoseconds(nanoseconds)
    }

    /// Ids in padded groups of a statement each.
    private static func pieces(_ ids: [MySQLValue], of size: Int) -> [[MySQLValue]] {
        stride(from: 0, to: ids.count, by: size).map {
            BatchSize.padded(Array(ids[$0..<min($0 + size, ids.count)]))
        }
    }

    private func deleteHours(_ batch: RetentionBatch) async -> Deleted? {
        let (size, rows, locks) = (batch.lockedRows, batch.rows, telemetry.locks)
        let parameters: MySQLParameters = [
            "before": .time(before(periods.eventsDays)), "limit": .integer(Int64(size)),
        ]
        return await ask { connection throws(MySQLError) in
            var (deleted, last) = (Deleted(), size)
            while last == size, deleted.count < rows {
                let time = try Self.locked(locks, connection) { () throws(MySQLError) in
                    last = Int(try connection.update(RetentionStatements.deleteHours, parameters))
                }
                deleted.count += last
                deleted.longestLock = max(deleted.longestLock, time)
            }
            return deleted
        }
    }

    /// Deletes pictures, then the paths to them: a crash in between leaves a path that is deleted again.
    ///
    /// A cursor in the database remembers how far all are deleted.
    private func deleteResults(_ batch: RetentionBatch) async -> Deleted? {
        let (size, rows, locks) = (batch.lockedRows, batch.rows, telemetry.locks)
        let days = min(periods.resultsDays, periods.sessionsDays)
        let last = SessionID.first(at: before(days))
        let looked = await ask { connection throws(MySQLError) in
            // A session that has not ended may get pictures: the cursor must not pass it.
            let open = try connection.query(RetentionStatements.firstOpen).first?.optionalText("id")
            let last = min(last.description, open ?? last.description)
            let after = try connection.query(RetentionStatements.cursor).first?.text("value") ?? ""
            let found = try connection.query(
                RetentionStatements.results,
                ["after": .text(after), "before": .text(last), "limit": .integer(Int64(rows))]
            ).map { (id: $0["id"], session: $0.text("session_id"), path: $0.optionalText("result_path")) }
            return (found: found, end: last)
        }
        guard let (found, end) = looked else { return nil }
        let paths = found.compactMap(\.path)
        let undeleted = await objects.deletePictures(paths)
        if let first = undeleted.first {
            logger.warning("old pictures cannot be deleted yet", .number("count", undeleted.count), .error(first.error))
        }
        // The sweeper tries them again; it knows them before their paths are forgotten.
        let names = Set(undeleted.map(\.path))
        let left = paths.filter { ObjectPath.isLeft($0, of: names) }.map { ErasureList.Entry(.file, $0) }
        let list = ErasureList(batch: SecureRandom.bytes(count: 16).hexText, left)
        let now = clock.now()
        // The items of the last session may go on beyond the batch. A session has fewer items than the smallest batch.
        let next = found.count < rows ? end : found.last?.session ?? end
        let gone = found.filter { $0.path != nil }.map(\.id)
        return await ask { connection throws(MySQLError) in
            try list.write(at: now, connection)
            var deleted = Deleted(count: found.count)
            for piece in Self.pieces(gone, of: size) {
                let time = try Self.locked(locks, connection) { () throws(MySQLError) in
                    try connection.update(RetentionStatements.forgetResults(piece.count), piece)
                }
                deleted.longestLock = max(deleted.longestLock, time)
            }
            try connection.update(RetentionStatements.moveCursor, [.text(next)])
            return deleted
        }
    }

    private func ask<Value: Sendable>(
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Value
    ) async -> Value? {
        if case .success(let value) = await mysql.attempt(work) { value } else { nil }
    }
}
