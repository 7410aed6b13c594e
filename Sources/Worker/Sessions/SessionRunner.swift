internal import Shared

/// Takes one claimed session to its end: charge, render, complete, acknowledge.
final class SessionRunner {
    private let loop: EventLoop
    private let queue: Queue
    private let renderer: any Renderer
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let clock: any WallClock
    private let charges: GroupCommit<SessionJob, SessionCharge.Outcome>
    private let completions: GroupCommit<SessionCompletion.Done, SessionCompletion.Outcome>
    private let parser = JSONParserHandle(bytesMax: 1 << 20)
    private var lastOwner: Int64 = 0

    init(
        loop: EventLoop, queue: Queue, mysql: MySQLPool, renderer: any Renderer, links: FileLinks,
        telemetry: WorkerTelemetry, logger: Logger, clock: any WallClock
    ) {
        self.loop = loop
        self.queue = queue
        self.renderer = renderer
        self.telemetry = telemetry
        self.logger = logger
        self.clock = clock
        charges = GroupCommit(loop: loop, mysql: mysql) { jobs, connection throws(MySQLError) in
            try SessionCharge(jobs: jobs, now: clock.now(), links: links).run(connection)
        }
        completions = GroupCommit(loop: loop, mysql: mysql) { done, connection throws(MySQLError) in
            try SessionCompletion(done: done, now: clock.now(), links: links).run(connection)
        }
    }

    /// Runs a session; returns when this process holds it no more.
    func run(_ claim: Claim) async {
        guard let job = job(claim) else {
            logger.error("a session cannot be read", .text("session", claim.id))
            return await park(claim)
        }
        await loop.patiently("started", logger) { () async throws(QueueError) in try await queue.started(claim) }
        switch await charges.run(job) {
        case .failure(let error): await failed(job, error)
        case .success(.ended(let account, let deliveries)): await acknowledge(job, account, deliveries)
        case .success(.render(let account, let items, let startedAt)):
            telemetry.sessionsCharged.add(1)
            await loop.patiently("settle", logger) { () async throws(QueueError) in
                try await queue.settle(account, [job.id])
            }
            await renderAndComplete(job, items, startedAt)
        }
    }

    /// Owners are counted here, not by Redis, whose counts may rewind.
    private func job(_ claim: Claim) -> SessionJob? {
        guard let id = SessionID(claim.id), let ticket = SessionTicket(claim.body, parser),
            let photo = PhotoID(claim.photo)
        else { return nil }
        lastOwner += 1
        return SessionJob(claim: claim, id: id, ticket: ticket, photoID: photo, owner: "\(queue.boot):\(lastOwner)")
    }

    // MARK: Steps

    private func renderAndComplete(_ job: SessionJob, _ items: [ItemWork], _ startedAt: Timestamp) async {
        var results: [ItemResult] = []
        for work in items {
            switch await result(of: work, job) {
            case .success(let result): results.append(result)
            case .failure(.busy):
                return await giveBack(job, after: .seconds(1), countsAttempt: false)
            case .failure(let error):
                logger.warning("rendering failed", .id(job.id), .error(error))
                if job.claim.attempts >= 4 { return await bury(job) }
                return await giveBack(job, after: .seconds(1 << job.claim.attempts), countsAttempt: true)
            }
        }
        let done = SessionCompletion.Done(job: job, startedAt: startedAt, results: results)
        switch await completions.run(done) {
        case .failure(let error): await failed(job, error)
        case .success(.completed(let account, let deliveries)): await acknowledge(job, account, deliveries)
        case .success(.fenced):
            telemetry.sessionsFenced.add(1)
            logger.warning("a session was taken over by another worker", .id(job.id))
            // Where Redis still says that it is this worker's, nobody else would end it.
            await giveBack(job, after: .zero, countsAttempt: false)
        }
    }

    private func result(of work: ItemWork, _ job: SessionJob) async -> Result<ItemResult, RenderFailure> {
        if let failure = work.failure { return .success(ItemResult(work: work, outcome: .failure(failure))) }
        if job.claim.queue == .burial {
            let failure = ItemFailure(code: "processing_crashed", message: "rendering failed again and again")
            return .success(ItemResult(work: work, outcome: .failure(failure)))
        }
        switch await renderer.render(work, of: job) {
        case .success(let picture): return .success(ItemResult(work: work, outcome: .success(picture)))
        case .failure(.item(let failure)): return .success(ItemResult(work: work, outcome: .failure(failure)))
        case .failure(let error): return .failure(error)
        }
    }

    private func acknowledge(
        _ job: SessionJob, _ account: Account?, _ deliveries: [(id: String, lane: String)]
    ) async {
        let organization = job.ticket.organizationID
        await loop.patiently("acknowledge", logger) { () async throws(QueueError) in
            try await queue.acknowledge(
                job.claim, organization: organization, settling: account, deliveries: deliveries)
        }
        telemetry.sessionsEnded.add(1)
        telemetry.sessionDuration.observe(.milliseconds(clock.now().unixMs - job.id.createdAt.unixMs))
    }

    /// The database did not take a session: for now, or for good.
    private func failed(_ job: SessionJob, _ error: MySQLError) async {
        if error.isPassing || error.isDuplicate {
            return await giveBack(job, after: .seconds(1), countsAttempt: false)
        }
        logger.error("the database refuses a session", .id(job.id), .error(error))
        if job.claim.queue == .burial { return await park(job.claim) }
        await bury(job)
    }

    private func bury(_ job: SessionJob) async {
        telemetry.sessionsBuried.add(1)
        await loop.patiently("bury", logger) { () async throws(QueueError) in try await queue.bury(job.claim) }
    }

    private func giveBack(_ job: SessionJob, after delay: Duration, countsAttempt: Bool) async {
        telemetry.sessionsGivenBack.add(1)
        await loop.patiently("give back", logger) { () async throws(QueueError) in
            try await queue.giveBack(job.claim, delay: delay, countsAttempt: countsAttempt)
        }
    }

    /// What nobody can end is looked at again every ten minutes: it is never lost, and the log says so each time.
    private func park(_ claim: Claim) async {
        await loop.patiently("give back", logger) { () async throws(QueueError) in
            try await queue.giveBack(claim, delay: .seconds(600), countsAttempt: true)
        }
    }
}
