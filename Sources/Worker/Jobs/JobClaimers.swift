internal import Domain
internal import Platform

/// The claimers of a worker, one for each slot pool; routes each wake-up to its claimer.
final class JobClaimers {
    /// Every kind with the claimer that serves it.
    let served: [(kind: JobKind, claimer: JobClaimer)]
    private let claimers: [JobClaimer]
    private let shardCount: Int
    private let draining = LoopSignal()

    init(loop: EventLoop, queue: QueueConsumer, kinds: [JobKind], logger: Logger) {
        var pools: [SlotPool] = []
        for kind in kinds where !pools.contains(where: { $0 === kind.slots }) { pools.append(kind.slots) }
        var served: [(kind: JobKind, claimer: JobClaimer)] = []
        claimers = pools.map { pool in
            let shared = kinds.filter { $0.slots === pool }
            let claimer = JobClaimer(loop: loop, queue: queue, kinds: shared, logger: logger)
            served += shared.map { ($0, claimer) }
            return claimer
        }
        self.served = served
        shardCount = queue.shardCount
    }

    /// Marks every place as possibly having work.
    func markAllPlaces() {
        for claimer in claimers { claimer.markAllPlaces() }
    }

    /// Handles a wake-up message: a queue's name, a space, a shard.
    ///
    /// Other messages (`TickScript.echo`) have no effect.
    func wake(_ message: String) {
        let parts = message.split(separator: " ")
        guard parts.count == 2, let shard = Int(parts[1]), (0..<shardCount).contains(shard),
            let (kind, claimer) = served.first(where: { $0.kind.queue.text == parts[0] })
        else { return }
        claimer.wake(QueuePlace(kind.queue, shard: shard))
    }

    /// Runs until `drain` has been called and all handlers have returned.
    func run(on loop: EventLoop) async {
        await withDiscardingTaskGroup { group in
            for claimer in claimers {
                let bound = LoopBound(claimer, on: loop)
                group.addTask(executorPreference: loop) { await bound.value.run() }
            }
            // A worker without a queue works until then, too.
            await draining.wait()
        }
    }

    func drain() {
        draining.notify()
        for claimer in claimers { claimer.drain() }
    }

    func releaseAll() async {
        for claimer in claimers { await claimer.releaseAll() }
    }
}
