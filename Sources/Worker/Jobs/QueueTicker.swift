internal import Domain
internal import Platform

/// Does the periodic work of all shards in rotation: renews this process's leases, reaps dead workers, promotes what is
/// due, and compares the jobs that this process holds with those that Redis lists for it.
final class QueueTicker {
    /// The time in which every shard with held jobs is ticked once, and every second one of the others; well within a lease,
    /// and twice of it within a pulse.
    private static let round = Duration.milliseconds(4_500)
    private let loop: EventLoop
    private let queue: QueueConsumer
    /// Every kind with the claimer that serves it.
    private let served: [(kind: JobKind, claimer: JobClaimer)]
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let previousBoot: String?
    /// Jobs that the last tick of each place found on one side only.
    private var onlyInRedis: [QueuePlace: Set<String>] = [:]
    private var onlyHere: [QueuePlace: Set<String>] = [:]
    private var isRestoring = false
    private var isStopped = false

    init(
        loop: EventLoop, queue: QueueConsumer, served: [(kind: JobKind, claimer: JobClaimer)],
        telemetry: WorkerTelemetry, logger: Logger, previousBoot: String?
    ) {
        self.loop = loop
        self.queue = queue
        self.served = served
        self.telemetry = telemetry
        self.logger = logger
        self.previousBoot = previousBoot
    }

    func stop() {
        isStopped = true
    }

    /// Ticks until `stop`.
    ///
    /// The first round starts at once, and reaps the jobs that this instance held when it last died.
    func run() async {
        for shard in 0..<queue.shardCount {
            while !isStopped, !(await tick(shard, deadBoot: previousBoot)) { await loop.sleep(for: .milliseconds(50)) }
        }
        var step = 0
        while !isStopped {
            await loop.sleep(for: Self.round / queue.shardCount)
            let (round, shard) = (step / queue.shardCount, step % queue.shardCount)
            if (round + shard) % 2 == 0 || holdsJobs(in: shard) { _ = await tick(shard, echoes: shard == 0) }
            step += 1
        }
    }

    private func holdsJobs(in shard: Int) -> Bool {
        served.contains { $0.claimer.held.values.contains { $0.place.shard == shard } }
    }

    /// Ticks every queue of one shard.
    /// - Returns: false if Redis failed.
    func tick(_ shard: Int, deadBoot: String? = nil, echoes: Bool = false) async -> Bool {
        let parts = served.map { TickScript.Part(queue: $0.kind.queue, crashPolicy: $0.kind.crashPolicy) }
        let replies: [TickScript.Reply?]
        if echoes { queue.redis.expectMessage() }
        do throws(QueueError) {
            replies = try await queue.tick(shard, parts, deadBoot: deadBoot, echoes: echoes)
        } catch {
            logger.debug("a tick failed", .error(error))
            return false
        }
        for ((kind, claimer), reply) in zip(served, replies) {
            let place = QueuePlace(kind.queue, shard: shard)
            guard let reply else {
                logger.warning("a lease was lost", .text("queue", kind.queue.text), .number("shard", shard))
                continue
            }
            await audit(place, kind, claimer, Set(reply.heldIDs))
            note(reply, at: place, kind, claimer)
        }
        return true
    }

    private func note(_ reply: TickScript.Reply, at place: QueuePlace, _ kind: JobKind, _ claimer: JobClaimer) {
        telemetry.jobsReaped.add(reply.reaped + reply.buried)
        kind.crashPolicy.count(buried: reply.buried)
        if reply.reaped + reply.buried > 0 {
            logger.warning(
                "jobs of a dead worker were reaped", .text("queue", place.queue.text),
                .number("shard", place.shard), .number("reaped", reply.reaped), .number("buried", reply.buried))
        }
        if reply.hasWork { claimer.look(place) }
        if let delay = reply.nextDue { claimer.look(place, after: delay) }
    }

    // MARK: Audit

    /// Repairs what differs at two ticks in a row; a single difference may be a claim or acknowledgement in progress.
    private func audit(
        _ place: QueuePlace, _ kind: JobKind, _ claimer: JobClaimer, _ inRedis: Set<String>
    ) async {
        let held = claimer.held.values.filter { $0.place == place }
        let ids = Set(held.map(\.id))
        let (oldInRedis, oldHere) = (onlyInRedis[place] ?? [], onlyHere[place] ?? [])
        onlyInRedis[place] = inRedis.subtracting(ids)
        onlyHere[place] = ids.subtracting(inRedis)
        for id in inRedis.subtracting(ids).intersection(oldInRedis) {
            logger.warning("a claim whose reply was lost is released", .text("job", id))
            await repair { () async throws(QueueError) in try await queue.release(id, in: place) }
        }
        let lost = held.filter { !inRedis.contains($0.id) && oldHere.contains($0.id) }
        guard !lost.isEmpty, !isRestoring else { return }
        isRestoring = true
        // In a task of its own: MariaDB may answer slowly, and the leases must be renewed meanwhile.
        let bound = LoopBound((self, kind), on: loop)
        _ = Task(executorPreference: loop) {
            let (ticker, kind) = bound.value
            await ticker.restore(lost, kind)
        }
    }

    /// Enqueues jobs again that Redis has lost.
    ///
    /// A worker that was paused for too long holds jobs that others have taken over, and maybe ended.
    private func restore(_ lost: [Claim], _ kind: JobKind) async {
        for claim in lost where await kind.isOpen(claim) {
            await repair { () async throws(QueueError) in
                guard try await queue.enqueueAgain(claim) else { return }
                logger.warning("a job that Redis has lost is enqueued again", .text("job", claim.id))
            }
        }
        isRestoring = false
    }

    private func repair(_ step: () async throws(QueueError) -> Void) async {
        do throws(QueueError) {
            try await step()
        } catch {
            logger.debug("a repair failed, and is tried at a later tick", .error(error))
        }
    }
}
