internal import Domain
internal import Platform

/// Runs one claimed session to its end: charge, render, complete, acknowledge.
final class TryOnRunner {
    private let loop: EventLoop
    private let queue: QueueConsumer
    private let mysql: MySQLPool
    private let renderer: any Renderer
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let clock: any WallClock
    private let charges: GroupCommit<ClaimedTryOn, ChargeTransaction.Outcome>
    private let items: GroupCommit<RenderedTryOn, ItemTransaction.Outcome>
    private let completions: GroupCommit<RenderedTryOn, CompletionTransaction.Outcome>
    private let reader: ClaimedTryOnReader
    private let reports: ScriptBatch<SessionReport, Bool>
    private let ends: ScriptBatch<SessionReport, Bool>

    init(
        loop: EventLoop, queue: QueueConsumer, mysql: MySQLPool, renderer: any Renderer, links: SignedLinks,
        telemetry: WorkerTelemetry, logger: Logger, clock: any WallClock
    ) {
        self.loop = loop
        self.queue = queue
        self.mysql = mysql
        self.renderer = renderer
        self.telemetry = telemetry
        self.logger = logger
        self.clock = clock
        reader = ClaimedTryOnReader(boot: queue.boot, mysql: mysql, logger: logger)
        let repeated = telemetry.transactionsRepeated
        charges = GroupCommit(loop: loop, mysql: mysql) { sessions, connection throws(MySQLError) in
            try ChargeTransaction(sessions: sessions, now: clock.now(), links: links, repeated: repeated)
                .run(connection)
        }
        items = GroupCommit(loop: loop, mysql: mysql) { items, connection throws(MySQLError) in
            try ItemTransaction(items: items, now: clock.now(), links: links).run(connection)
        }
        completions = GroupCommit(loop: loop, mysql: mysql) { sessions, connection throws(MySQLError) in
            try CompletionTransaction(sessions: sessions, now: clock.now(), links: links, repeated: repeated)
                .run(connection)
        }
        reports = ScriptBatch(loop: loop, cost: { 1 + $0.deliveries.count }) { place, reports throws(RedisError) in
            try await ProgressScript(shard: place.shard, reports: reports).run(queue.redis)
        }
        ends = ScriptBatch(loop: loop, cost: { 1 + $0.deliveries.count }) { place, ended throws(RedisError) in
            try await SessionEndScript(boot: queue.boot, place: place, ended: ended).run(queue.redis)
        }
    }

    /// Runs a session; when it returns, this process no longer holds the session.
    ///
    /// `forcedEnd`: it ends as failed and refunded, without a picture.
    func run(_ claim: Claim, forcedEnd: ForcedEnd? = nil) async {
        switch await reader.read(claim, forcedEnd) {
        case .session(let session): await run(session)
        case .failed(let error): await wait(claim, for: error)
        case .unknown:
            await addToDeadLetters(claim, "neither the session nor its organisation can be read")
            await loop.retryUntilConfirmed("acknowledge", logger) { () async throws(QueueError) in
                try await queue.acknowledge(claim)
            }
        }
    }

    private func run(_ claimed: ClaimedTryOn) async {
        var start = StartScript.Reply.started
        await loop.retryUntilConfirmed("start", logger) { () async throws(QueueError) in
            start = try await queue.start(claimed.claim)
        }
        // Another claim of the session exists: this worker was away for longer than its lease.
        guard start != .claimedAgain else {
            telemetry.sessionsFenced.add(1)
            return
        }
        let session = start == .canceled ? claimed.canceled : claimed
        switch await charges.run(session) {
        case .failure(let error): await handle(error, session)
        case .success(.ended(let status, let account, let deliveries)):
            await acknowledge(session, status, account, deliveries)
        case .success(.render(let work)):
            telemetry.sessionsCharged.add(1)
            if let cost = work.chargedCredits {
                telemetry.sessions.begin(session.id, session.job, costCredits: cost, at: clock.now())
            }
            let isCanceled = await report(session, work.account, work.deliveries)
            await renderAndComplete(
                isCanceled || work.isCancelRequested ? session.canceled : session, work)
        }
    }

    /// Tells Redis of a session's progress.
    /// - Returns: whether the session is to be canceled.
    private func report(
        _ session: ClaimedTryOn, _ account: Account?, _ deliveries: [PendingDelivery]
    ) async -> Bool {
        var isCancelRequested = false
        await loop.retryUntilConfirmed("progress", logger) { () async throws(QueueError) in
            let report = SessionReport(
                claim: session.claim, organizationID: session.job.organizationID, account: account,
                deliveries: deliveries)
            do throws(RedisError) {
                isCancelRequested = try await reports.run(report, at: session.claim.place)
            } catch {
                throw .redis(error)
            }
        }
        return isCancelRequested
    }

    /// Whether a session is open in MariaDB, or not known there; false if MariaDB does not say so.
    func isOpen(_ claim: Claim) async -> Bool {
        let found = await mysql.attempt { connection throws(MySQLError) in
            try connection.query(TryOnStatements.status, [.text(claim.id)]).first?.text("status")
        }
        guard case .success(let text) = found else { return false }
        return text.flatMap { SessionStatus(rawValue: $0) }?.isTerminal != true
    }

    // MARK: Rendering

    private func renderAndComplete(_ session: ClaimedTryOn, _ work: ChargeTransaction.Work) async {
        var results: [ItemResult] = []
        var isCanceled = session.isCancelRequested
        // The events of items have the numbers of their positions, so one that is late would be taken for known.
        var recordsAtOnce = true
        for item in work.items {
            // Asked before each item but the first: the start of the session has just been told.
            if !isCanceled, !results.isEmpty { isCanceled = await queue.isCancelRequested(session.claim) }
            if isCanceled, item.failure == nil, item.picture == nil {
                results.append(ItemResult(work: item, outcome: .canceled))
                continue
            }
            switch await result(of: item, session) {
            case .success(var result):
                if recordsAtOnce, Self.isToRecord(result, work) {
                    result.isRecorded = await record(result, session, work)
                    recordsAtOnce = result.isRecorded
                }
                results.append(result)
            case .failure(.busy):
                return await release(session, after: .seconds(1), countsAttempt: false)
            case .failure(.unavailable(let delay)):
                return await release(session, after: delay, countsAttempt: false)
            case .failure(.canceled):
                isCanceled = true
                results.append(ItemResult(work: item, outcome: .canceled))
            case .failure(let error):
                logger.warning("rendering failed", .id(session.id), .error(error))
                if session.claim.attempts >= 4 { return await bury(session) }
                return await release(session, after: .seconds(1 << session.claim.attempts), countsAttempt: true)
            }
        }
        let rendered = RenderedTryOn(session: session, startedAt: work.startedAt, results: results)
        switch await completions.run(rendered) {
        case .failure(let error): await handle(error, session)
        case .success(.completed(let status, let account, let deliveries, let refunded)):
            telemetry.sessions.creditsRefunded.add(refunded)
            await acknowledge(session, status, account, deliveries)
        case .success(.fenced):
            telemetry.sessionsFenced.add(1)
            logger.warning("a session was taken over by another worker", .id(session.id))
            // Redis may still list this worker as the holder; then no other worker could claim the session.
            await release(session, after: .zero, countsAttempt: false)
        }
    }

    /// Whether a result is a new picture, and not the last one: that one is recorded with the end of the session.
    private static func isToRecord(_ result: ItemResult, _ work: ChargeTransaction.Work) -> Bool {
        result.picture != nil && !result.isRecorded && result.work.id != work.items.last?.id
    }

    /// Records a new picture at once.
    /// - Returns: false after a failure, or if the claim is lost; both are found at the end of the session, too.
    private func record(
        _ result: ItemResult, _ session: ClaimedTryOn, _ work: ChargeTransaction.Work
    ) async -> Bool {
        let one = RenderedTryOn(session: session, startedAt: work.startedAt, results: [result])
        guard case .success(let outcome) = await items.run(one), outcome.isRecorded else { return false }
        _ = await report(session, nil, outcome.deliveries)
        return true
    }

    private func result(of work: ItemWork, _ session: ClaimedTryOn) async -> Result<ItemResult, RenderFailure> {
        if let picture = work.picture {
            return .success(ItemResult(work: work, outcome: .completed(picture), isRecorded: true))
        }
        if let failure = work.failure { return .success(ItemResult(work: work, outcome: .failed(failure))) }
        if let forcedEnd = session.forcedEnd {
            return .success(ItemResult(work: work, outcome: .failed(forcedEnd.failure)))
        }
        let started = loop.now
        let rendered = await renderer.render(
            work, of: session, cancel: CancelCheck(queue: queue, claim: session.claim))
        telemetry.sessions.render.observe(nanoseconds: Int64((loop.now - started).inSeconds * 1e9))
        switch rendered {
        case .success(let picture): return .success(ItemResult(work: work, outcome: .completed(picture)))
        case .failure(.item(let failure)): return .success(ItemResult(work: work, outcome: .failed(failure)))
        case .failure(let error): return .failure(error)
        }
    }

    // MARK: The end of a claim

    private func acknowledge(
        _ session: ClaimedTryOn, _ status: SessionStatus, _ account: Account?, _ deliveries: [PendingDelivery]
    ) async {
        if session.forcedEnd == .unreadable {
            await addToDeadLetters(session.claim, "the job cannot be read; the session has ended as failed")
        }
        await loop.retryUntilConfirmed("acknowledge", logger) { () async throws(QueueError) in
            let ended = SessionReport(
                claim: session.claim, organizationID: session.job.organizationID, account: account,
                deliveries: deliveries)
            do throws(RedisError) { return try await ends.run(ended, at: session.claim.place) } catch {
                throw .redis(error)
            }
        }
        telemetry.sessions.end(session.id, session.job, status, at: clock.now())
    }

    /// Buries a session whose data the database refuses; after every other error the session waits.
    private func handle(_ error: MySQLError, _ session: ClaimedTryOn) async {
        guard error.isDataFault else { return await wait(session.claim, for: error) }
        logger.error("the database refuses a session", .id(session.id), .error(error))
        switch session.forcedEnd {
        case nil: await bury(session)
        // Only its id and its organisation are known to be valid.
        case .crashed where await isUnknown(session): await run(session.unreadable(session.job.organizationID))
        case .crashed: await wait(session.claim, for: error)
        case .unreadable: await wait(session.claim, for: error)
        }
    }

    /// Whether MariaDB has no row of a session, so that it was never charged.
    private func isUnknown(_ session: ClaimedTryOn) async -> Bool {
        let found = await mysql.attempt { connection throws(MySQLError) in
            try connection.query(TryOnStatements.status, [.id(session.id)]).isEmpty
        }
        if case .success(true) = found { return true }
        return false
    }

    /// Releases a job that must wait until the database accepts it; no attempt is counted.
    private func wait(_ claim: Claim, for error: MySQLError) async {
        logger.warning("a session waits for the database", .text("session", claim.id), .error(error))
        telemetry.sessionsReleased.add(1)
        let wait = Duration.seconds(1 << min(max(0, claim.number - 1), 4))
        await loop.retryUntilConfirmed("release", logger) { () async throws(QueueError) in
            try await queue.release(claim, delay: wait, countsAttempt: false)
        }
    }

    private func addToDeadLetters(_ claim: Claim, _ reason: String) async {
        telemetry.deadLetters.add(1)
        logger.error("a job was added to the dead letters", .text("job", claim.id), .text("reason", reason))
        await loop.retryUntilConfirmed("dead letter", logger) { () async throws(QueueError) in
            try await queue.addToDeadLetters(claim, reason: reason)
        }
    }

    private func bury(_ session: ClaimedTryOn) async {
        telemetry.sessionsBuried.add(1)
        await loop.retryUntilConfirmed("bury", logger) { () async throws(QueueError) in
            try await queue.bury(session.claim, in: .burial)
        }
    }

    private func release(_ session: ClaimedTryOn, after delay: Duration, countsAttempt: Bool) async {
        telemetry.sessionsReleased.add(1)
        await loop.retryUntilConfirmed("release", logger) { () async throws(QueueError) in
            try await queue.release(session.claim, delay: delay, countsAttempt: countsAttempt)
        }
    }
}
