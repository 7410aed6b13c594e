internal import Shared

/// Does the chores of all shards in rotation: it keeps this process's leases, reaps the dead, promotes what is due, and
/// compares what Redis says that this process holds with what it holds.
final class QueueTicker {
    /// Every shard has its turn within this time, well within a lease and a pulse.
    private static let round = Duration.seconds(4)
    private static let queues: [QueueName] = [.sessions, .burial, .webhooks]
    private let loop: EventLoop
    private let queue: Queue
    private let holders: [QueueName: JobClaimer]
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let previousBoot: String?
    /// What the last tick of each place found on one side only.
    private var strangers: [WakeMessage: Set<String>] = [:]
    private var missing: [WakeMessage: Set<String>] = [:]
    private var isStopped = false

    init(
        loop: EventLoop, queue: Queue, holders: [QueueName: JobClaimer], telemetry: WorkerTelemetry, logger: Logger,
        previousBoot: String?
    ) {
        self.loop = loop
        self.queue = queue
        self.holders = holders
        self.telemetry = telemetry
        self.logger = logger
        self.previousBoot = previousBoot
    }

    func stop() {
        isStopped = true
    }

    /// Ticks until `stop`.
    ///
    /// The first round is at once, and reaps what this instance held when it last died.
    func run() async {
        for shard in 0..<queue.shardCount {
            while !isStopped, !(await tick(shard, dead: previousBoot)) { await loop.sleep(for: .milliseconds(50)) }
        }
        var shard = 0
        while !isStopped {
            await loop.sleep(for: Self.round / queue.shardCount)
            _ = await tick(shard, dead: nil)
            shard = (shard + 1) % queue.shardCount
        }
    }

    /// Says whether Redis could be asked.
    private func tick(_ shard: Int, dead: String?) async -> Bool {
        for name in Self.queues {
            do throws(QueueError) {
                let tick = try await queue.tick(name, shard: shard, dead: dead)
                telemetry.jobsReaped.add(tick.reaped + tick.buried)
                telemetry.sessionsBuried.add(tick.buried)
                if tick.reaped + tick.buried > 0 {
                    logger.warning(
                        "jobs of a dead worker were taken back", .text("queue", name.rawValue),
                        .number("shard", shard), .number("reaped", tick.reaped), .number("buried", tick.buried))
                }
                if tick.hasWork { holders[name]?.look(WakeMessage(queue: name, shard: shard)) }
                if let due = tick.nextDueUnixMs {
                    holders[name]?.expect(
                        WakeMessage(queue: name, shard: shard), atUnixMs: due, now: SystemClock().now())
                }
                await audit(name, shard, Set(tick.heldIDs))
            } catch .fenced {
                logger.warning("a lease was lost", .text("queue", name.rawValue), .number("shard", shard))
            } catch {
                logger.debug("a tick failed", .error(error))
                return false
            }
        }
        return true
    }

    /// What differs at two ticks is no claim or acknowledgement under way: it is mended.
    private func audit(_ name: QueueName, _ shard: Int, _ inRedis: Set<String>) async {
        guard let holder = holders[name] else { return }
        let held = holder.held.values.filter { $0.queue == name && $0.shard == shard }
        let ids = Set(held.map(\.id))
        let place = WakeMessage(queue: name, shard: shard)
        let (oldStrangers, oldMissing) = (strangers[place] ?? [], missing[place] ?? [])
        strangers[place] = inRedis.subtracting(ids)
        missing[place] = ids.subtracting(inRedis)
        for id in inRedis.subtracting(ids).intersection(oldStrangers) {
            logger.warning("a claim whose reply was lost is given back", .text("job", id))
            await mend { () async throws(QueueError) in try await queue.giveBack(name, shard: shard, id: id) }
        }
        for claim in held where !inRedis.contains(claim.id) && oldMissing.contains(claim.id) {
            logger.warning("a job that Redis has forgotten is enqueued again", .text("job", claim.id))
            await mend { () async throws(QueueError) in try await queue.enqueueAgain(claim) }
        }
    }

    private func mend(_ step: () async throws(QueueError) -> Void) async {
        do throws(QueueError) {
            try await step()
        } catch {
            logger.debug("a mend failed, and is tried at a later tick", .error(error))
        }
    }
}
