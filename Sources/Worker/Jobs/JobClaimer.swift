internal import Domain
internal import Platform

/// Claims jobs of the kinds that share one slot pool while slots are free, and runs each job's handler.
///
/// It does not poll. It tries every place at its start and after a lost connection; later it tries only the places that
/// a wake-up, a due time or its own last claim names.
final class JobClaimer {
    /// The time until a place is tried again whose claim failed; other places are tried meanwhile.
    private static let retryPause = Duration.milliseconds(500)
    /// The time between two claims of one round through many lanes; it lets other clients of Redis in.
    private static let roundPause = Duration.milliseconds(20)
    /// The time between two wake-ups of a place that this process passes on although it has room.
    private static let passPause = Duration.seconds(1)
    private let loop: EventLoop
    private let queue: QueueConsumer
    /// In claim order.
    private let kinds: [JobKind]
    private let slots: SlotPool
    private let logger: Logger
    private let signal = LoopSignal()
    /// Places that may have work.
    private var promising: Set<QueuePlace> = []
    /// Places whose remaining work did not fit; tried again when a job ends.
    private var waitingForRoom: Set<QueuePlace> = []
    /// The lanes of a place that were looked at in vain since the last job was claimed or has ended.
    private var lanesMissed: [QueuePlace: Int] = [:]
    /// Places with a wake-up that has led to no job yet.
    private var woken: Set<QueuePlace> = []
    /// When a wake-up of a place was passed on because its lanes are at their shares.
    private var passedAt: [QueuePlace: ContinuousClock.Instant] = [:]
    private var passTimers: [QueuePlace: TimerID] = [:]
    /// The next scheduled attempt at each place.
    private var timers: [QueuePlace: TimerID] = [:]
    private var lastShard = -1
    private var exclusiveJob = ExclusiveJob()
    private var reservation = Reservation()
    private(set) var held: [Claim.Key: Claim] = [:]
    private(set) var isDraining = false

    /// - Parameters:
    ///   - loop: the loop whose thread owns this object.
    ///   - queue: the source of jobs.
    ///   - kinds: not empty; all share one slot pool.
    ///   - logger: logs lost leases, failed releases and failed wake-ups.
    init(loop: EventLoop, queue: QueueConsumer, kinds: [JobKind], logger: Logger) {
        guard let slots = kinds.first?.slots, kinds.allSatisfy({ $0.slots === slots }) else {
            preconditionFailure("a claimer serves the kinds of one slot pool")
        }
        self.loop = loop
        self.queue = queue
        self.kinds = kinds
        self.slots = slots
        self.logger = logger
    }

    // MARK: Hints from outside

    /// Marks every place as possibly having work.
    func markAllPlaces() {
        for kind in kinds {
            for shard in 0..<queue.shardCount { promising.insert(QueuePlace(kind.queue, shard: shard)) }
        }
        signal.notify()
    }

    /// Marks one place as possibly having work.
    func look(_ place: QueuePlace) {
        promising.insert(place)
        signal.notify()
    }

    /// Handles a wake-up for one place; if this process is full or draining, the wake-up goes to another one.
    func wake(_ place: QueuePlace) {
        look(place)
        guard freeWeight <= 0 || isDraining else {
            woken.insert(place)
            return
        }
        let bound = LoopBound(self, on: loop)
        _ = Task(executorPreference: loop) { await bound.value.passWake(place) }
    }

    /// Schedules a claim attempt at a place, instead of one that was scheduled before.
    ///
    /// A later time than in a minute is left to the ticks, which report it again.
    func look(_ place: QueuePlace, after delay: Duration) {
        if delay > .seconds(60) { return }
        if let timer = timers[place] { loop.cancel(timer) }
        timers[place] = loop.schedule(after: max(delay, .milliseconds(1))) { [weak self] in
            self?.timers[place] = nil
            self?.look(place)
        }
    }

    /// Stops claiming; held jobs continue.
    func drain() {
        isDraining = true
        signal.notify()
    }

    /// Releases the jobs that are still held, because the process is about to end; no attempt or crash is counted.
    ///
    /// The newest goes first, so that the oldest is next in its lane again; ids sort by their time.
    ///
    /// Handlers that still run are fenced in MariaDB as soon as another worker has taken over their jobs.
    func releaseAll() async {
        for claim in held.values.sorted(by: { $0.id > $1.id }) {
            do throws(QueueError) {
                try await queue.release(claim, countsAttempt: false)
            } catch {
                logger.warning("a job is left until its lease ends", .text("job", claim.id), .error(error))
            }
        }
    }

    // MARK: Running

    /// Runs until `drain` has been called and all handlers have returned.
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
        let free = slots.weightMax - slots.heldWeight
        let now = loop.now
        if exclusiveJob.blocks(holdsNothing: held.isEmpty, now: now) { return 0 }
        if reservation.blocks(freeWeight: free, holdsNothing: held.isEmpty, now: now) { return 0 }
        return free
    }

    private func begin(_ claim: Claim, in group: inout DiscardingTaskGroup) {
        guard let kind = kind(of: claim.place) else { preconditionFailure("a claim of another claimer's queue") }
        held[claim.key] = claim
        slots.add(claim, weight: kind.shares?.share(of: claim.job.lane).weight)
        exclusiveJob.begin(claim)
        let bound = LoopBound((self, kind), on: loop)
        group.addTask(executorPreference: loop) {
            let (claimer, kind) = bound.value
            await kind.handler(claim)
            claimer.end(claim)
        }
    }

    private func end(_ claim: Claim) {
        held[claim.key] = nil
        slots.remove(claim)
        exclusiveJob.end(claim)
        promising.formUnion(waitingForRoom)
        waitingForRoom.removeAll()
        lanesMissed.removeAll()
        signal.notify()
    }

    /// Tries one promising place after the other until there is a job, or no place is left.
    private func claim() async -> [Claim] {
        while freeWeight > 0, !isDraining, let place = nextPlace(), let kind = kind(of: place) {
            // Removed before the request, so that a wake-up that arrives during the request is not lost.
            promising.remove(place)
            lastShard = place.shard
            do throws(QueueError) {
                let reply = try await queue.claim(
                    place, laneWeightMax: kind.laneWeightMax, freeWeight: freeWeight, reserve: slots.reserve,
                    jobsMax: kind.claimMax, heldJobs: held.count,
                    room: kind.shares.map { LaneRoom($0, held: slots.heldJobs) } ?? LaneRoom())
                note(reply, at: place)
                if woken.remove(place) != nil, reply.hasLaneAtShare { passOn(place) }
                let fitting = await releaseSurplus(reply.jobs, kind)
                if !fitting.isEmpty { return fitting }
            } catch .fenced {
                logger.warning("the lease was lost", .number("shard", place.shard))
                // The wake-up that led here is another worker's now.
                await passWake(place)
                look(place, after: Self.retryPause)
            } catch {
                look(place, after: Self.retryPause)
            }
        }
        return []
    }

    /// Releases jobs of lanes whose share was not known when they were claimed.
    /// - Returns: the jobs that this process keeps.
    private func releaseSurplus(_ claims: [Claim], _ kind: JobKind) async -> [Claim] {
        guard let shares = kind.shares, !claims.isEmpty else { return claims }
        // They are held from now on: what Redis lists and nobody holds is released after a while.
        for claim in claims { held[claim.key] = claim }
        await shares.learn(Set(claims.map(\.job.lane)))
        var counts = slots.heldJobs
        var (fitting, surplus): ([Claim], [Claim]) = ([], [])
        for claim in claims {
            counts[claim.job.lane, default: 0] += 1
            let most = isDraining ? 0 : shares.share(of: claim.job.lane).jobsMax ?? .max
            if counts[claim.job.lane, default: 0] > most { surplus.append(claim) } else { fitting.append(claim) }
        }
        // Each goes to the head of its lane, so the oldest is released last.
        for claim in surplus.reversed() {
            do throws(QueueError) {
                try await queue.release(claim, countsAttempt: false)
            } catch {
                // A tick finds jobs that Redis lists and this process does not hold.
                logger.warning("a job of a full lane was not released", .text("job", claim.id), .error(error))
            }
            held[claim.key] = nil
        }
        return fitting
    }

    private func note(_ reply: ClaimScript.Reply, at place: QueuePlace) {
        if let delay = isRoundIncomplete(reply, at: place) ? Self.roundPause : reply.nextDue {
            look(place, after: delay)
        }
        if reply.isExclusiveJobWaiting, !held.isEmpty, exclusiveJob.wait(from: loop.now) {
            notify(after: ExclusiveJob.waitMax + .milliseconds(10))
        }
        if reservation.update(reply.reservedWeight, at: place, weightMax: slots.weightMax, now: loop.now) {
            // This place is tried first when the weight is free.
            promising.insert(place)
            lastShard = place.shard - 1
            notify(after: Reservation.timeout)
        }
        if reply.lanesLeft > 0 { waitingForRoom.insert(place) }
        if !reply.jobs.isEmpty { promising.insert(place) }
    }

    /// Whether lanes of a place are left that were not looked at since the last job was claimed or has ended.
    private func isRoundIncomplete(_ reply: ClaimScript.Reply, at place: QueuePlace) -> Bool {
        lanesMissed[place] = reply.jobs.isEmpty ? lanesMissed[place, default: 0] + reply.lanesMissed : nil
        guard reply.jobs.isEmpty, lanesMissed[place, default: 0] < reply.lanesLeft else {
            lanesMissed[place] = nil
            return false
        }
        return true
    }

    private func notify(after delay: Duration) {
        loop.schedule(after: delay) { [weak self] in self?.signal.notify() }
    }

    /// The promising place after the last one: by shard, then by the order of kinds.
    private func nextPlace() -> QueuePlace? {
        let count = queue.shardCount
        func distance(_ place: QueuePlace) -> Int { (place.shard - lastShard - 1 + 2 * count) % count }
        func rank(_ place: QueuePlace) -> Int { kinds.firstIndex { $0.queue == place.queue } ?? kinds.count }
        return promising.min { (distance($0), rank($0)) < (distance($1), rank($1)) }
    }

    private func kind(of place: QueuePlace) -> JobKind? { kinds.first { $0.queue == place.queue } }

    /// Passes on a wake-up for a lane of which this process holds enough; once in a while, because the next process may
    /// pass it back.
    private func passOn(_ place: QueuePlace) {
        guard passTimers[place] == nil else { return }
        let pause = passedAt[place].map { max(.milliseconds(1), $0 + Self.passPause - loop.now) } ?? .milliseconds(1)
        passTimers[place] = loop.schedule(after: pause) { [weak self] in
            guard let self else { return }
            passTimers[place] = nil
            passedAt[place] = loop.now
            let bound = LoopBound(self, on: loop)
            _ = Task(executorPreference: loop) { await bound.value.passWake(place) }
        }
    }

    private func passWake(_ place: QueuePlace) async {
        do throws(QueueError) {
            try await queue.passWake(place)
        } catch {
            // This process tries the place itself when one of its jobs ends.
            logger.debug("a wake-up was not passed on", .error(error))
        }
    }
}
