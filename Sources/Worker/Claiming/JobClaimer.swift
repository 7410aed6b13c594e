internal import Shared

/// Claims jobs of some queues as long as there is room, and has each taken to its end.
///
/// It looks where it was told that there is work: everywhere at its start and behind a lost connection, and then where a
/// wake-up, a due time or its own last claim points. It does not poll.
final class JobClaimer {
    private let loop: EventLoop
    private let queue: Queue
    private let names: [QueueName]
    private let slots: Int
    private let laneCap: Int
    private let heldGauge: Gauge
    private let claimed: Counter
    private let logger: Logger
    private let runner: (Claim) async -> Void
    private let signal = LoopSignal()
    private var promising: Set<WakeMessage> = []
    private var lastShard = -1
    private(set) var held: [String: Claim] = [:]
    private var heldWeight = 0
    /// A job that crashed a worker is run, or waits to be run, with nothing beside it.
    private var loner: String?
    private var lonerWaitEnd: ContinuousClock.Instant?
    /// A heavy job for which this process makes room: it claims nothing else until there is, or until the time is over.
    private var room: (place: WakeMessage, weight: Int, end: ContinuousClock.Instant)?
    /// Places whose work has no room here: looked at again when something ends.
    private var crowded: Set<WakeMessage> = []
    private(set) var isDraining = false

    /// - Parameters:
    ///   - loop: whose thread it lives on.
    ///   - queue: where jobs come from.
    ///   - names: which queues.
    ///   - slots: weight that is held at once.
    ///   - laneCap: most weight of one lane in flight.
    ///   - held: shows the weight that is held.
    ///   - claimed: counts claims.
    ///   - logger: hears of lost leases.
    ///   - run: takes a job to its end; when it returns, this process holds it no more.
    init(
        loop: EventLoop, queue: Queue, names: [QueueName], slots: Int, laneCap: Int, held: Gauge, claimed: Counter,
        logger: Logger, run: @escaping (Claim) async -> Void
    ) {
        self.loop = loop
        self.queue = queue
        self.names = names
        self.slots = slots
        self.laneCap = laneCap
        heldGauge = held
        self.claimed = claimed
        self.logger = logger
        runner = run
    }

    // MARK: Told from outside

    /// There may be work anywhere.
    func lookEverywhere() {
        for shard in 0..<queue.shardCount {
            for name in names { promising.insert(WakeMessage(queue: name, shard: shard)) }
        }
        signal.ring()
    }

    /// There may be work in one place.
    func look(_ message: WakeMessage) {
        promising.insert(message)
        signal.ring()
    }

    /// There is work in one place.
    ///
    /// Where this process is full, another is told.
    func wake(_ message: WakeMessage) {
        look(message)
        guard freeWeight <= 0 || isDraining else { return }
        let bound = LoopBound(self, on: loop)
        _ = Task(executorPreference: loop) { await bound.value.passOn(message) }
    }

    /// Something is due in one place at a time of Redis's clock.
    func expect(_ message: WakeMessage, atUnixMs due: Int64, now: Timestamp) {
        let delay = Duration.milliseconds(max(1, due - now.unixMs))
        if delay > .seconds(60) { return }
        loop.schedule(after: delay) { [weak self] in
            self?.promising.insert(message)
            self?.signal.ring()
        }
    }

    /// Claims no more; what is held goes on.
    func drain() {
        isDraining = true
        signal.ring()
    }

    /// Gives back what is still held: the process is about to end, and that is no fault of the jobs.
    ///
    /// What goes on here meanwhile is fenced in MariaDB once another worker has taken it over.
    func surrender() async {
        for claim in held.values {
            do throws(QueueError) {
                try await queue.giveBack(claim, countsAttempt: false)
            } catch {
                logger.warning("a job is left until its lease ends", .text("job", claim.id), .error(error))
            }
        }
    }

    // MARK: Running

    /// Runs until `drain`, and until everything that was held has ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !isDraining {
                let claims = await claim()
                for claim in claims { begin(claim, in: &group) }
                if claims.isEmpty { await signal.wait() }
            }
        }
    }

    private var freeWeight: Int {
        if loner != nil { return 0 }
        if let end = lonerWaitEnd, !held.isEmpty, end > .now { return 0 }
        if let room, room.end > .now, slots - heldWeight < room.weight, !held.isEmpty { return 0 }
        return slots - heldWeight
    }

    private func begin(_ claim: Claim, in group: inout DiscardingTaskGroup) {
        held[claim.id] = claim
        heldWeight += claim.weight
        heldGauge.set(heldWeight)
        claimed.add(1)
        if claim.crashes > 0 {
            loner = claim.id
            lonerWaitEnd = nil
        }
        let bound = LoopBound(self, on: loop)
        group.addTask(executorPreference: loop) {
            await bound.value.runner(claim)
            bound.value.end(claim)
        }
    }

    private func end(_ claim: Claim) {
        held[claim.id] = nil
        heldWeight -= claim.weight
        heldGauge.set(heldWeight)
        if loner == claim.id { loner = nil }
        promising.formUnion(crowded)
        crowded.removeAll()
        signal.ring()
    }

    /// One claim, in the next promising place behind the last.
    private func claim() async -> [Claim] {
        while freeWeight > 0, let place = nextPlace() {
            // Before the question: a wake-up that comes with the answer must not be taken for an old one.
            promising.remove(place)
            lastShard = place.shard
            do throws(QueueError) {
                let claims = try await queue.claim(
                    place.queue, shard: place.shard, freeWeight: freeWeight, reserve: max(1, slots / 4),
                    laneCap: laneCap, heldJobs: held.count)
                if let due = claims.nextDueUnixMs { expect(place, atUnixMs: due, now: SystemClock().now()) }
                if claims.isLonerWaiting { waitForLoner() }
                makeRoom(place, claims.wantedWeight)
                if claims.hasMore { crowded.insert(place) }
                if !claims.jobs.isEmpty {
                    promising.insert(place)
                    return claims.jobs
                }
            } catch .fenced {
                promising.insert(place)
                logger.warning("the lease was lost", .number("shard", place.shard))
                await loop.sleep(for: .milliseconds(500))
            } catch {
                promising.insert(place)
                await loop.sleep(for: .milliseconds(200))
            }
            if isDraining { return [] }
        }
        return []
    }

    /// Claims nothing for a while, so that this process becomes empty.
    ///
    /// Another may take the job meanwhile, and others wait behind it: so it does not wait for long at a time.
    private func waitForLoner() {
        guard !held.isEmpty else { return }
        lonerWaitEnd = .now + .seconds(2)
        loop.schedule(after: .milliseconds(2_010)) { [weak self] in self?.signal.ring() }
    }

    /// Goes on, if it must, until what is held has ended far enough; then this place is looked at first.
    private func makeRoom(_ place: WakeMessage, _ weight: Int) {
        guard weight > 0 else {
            if room?.place == place { room = nil }
            return
        }
        // A little longer than its right to the room: then it claims as ever for a while.
        let wait = Duration.milliseconds(Queue.roomMakingMs + 100)
        room = (place, min(weight, slots), .now + wait)
        promising.insert(place)
        lastShard = place.shard - 1
        loop.schedule(after: wait) { [weak self] in self?.signal.ring() }
    }

    private func nextPlace() -> WakeMessage? {
        let count = queue.shardCount
        return promising.min { left, right in
            let (a, b) = (
                (left.shard - lastShard - 1 + 2 * count) % count, (right.shard - lastShard - 1 + 2 * count) % count
            )
            return a == b ? left.queue.rawValue < right.queue.rawValue : a < b
        }
    }

    private func passOn(_ message: WakeMessage) async {
        do throws(QueueError) {
            try await queue.passOn(message)
        } catch {
            // Whoever frees a slot here looks there next.
            logger.debug("a wake-up was not passed on", .error(error))
        }
    }
}
