internal import Domain
internal import Platform

/// The claimers of a worker, one for each slot pool; routes each wake-up to its claimer.
final class JobClaimers {
    /// Every kind with the claimer that serves it.
    let served: [(kind: JobKind, claimer: JobClaimer)]
    private let claimers: [JobClaimer]
    /// By their names in Redis, which are the wake-up messages.
    private let places: [String: QueuePlace]
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
        let names = queue.redis.keys
        let all = kinds.flatMap { kind in (0..<names.shardCount).map { QueuePlace(kind.queue, shard: $0) } }
        places = Dictionary(uniqueKeysWithValues: all.map { (names.queue($0.queue, shard: $0.shard), $0) })
    }

    /// Marks every place as possibly having work.
    func markAllPlaces() {
        for claimer in claimers { claimer.markAllPlaces() }
    }

    /// Handles a wake-up message: the name of a queue in a shard.
    ///
    /// Other messages (`TickScript.echo`) have no effect.
    func wake(_ message: String) {
        guard let place = places[message] else { return }
        served.first { $0.kind.queue == place.queue }?.claimer.wake(place)
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
