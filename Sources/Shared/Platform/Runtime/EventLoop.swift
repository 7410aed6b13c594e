internal import Glibc
internal import Synchronization

/// Receives the readiness events of a file descriptor from a loop.
package protocol EventHandler: AnyObject {
    /// Called on the loop's thread.
    func ready(_ interest: Interest)
}

/// A single-threaded event loop: it waits with epoll and runs events, timers, and Swift concurrency jobs.
///
/// A task started with the loop as `executorPreference:` runs all its jobs on the loop's thread, and so do the
/// `nonisolated` async functions that it calls. Objects that belong to a loop are not `Sendable`; they check with
/// `assertIsCurrent()`.
// Invariant: `epoll`, `slots`, `timers`, `jobs` and `turnEnds` are accessed on the loop's thread only (asserted);
// `inbox`, `sleeping`, `thread`, `stopping` and `wake` are safe from any thread.
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private struct Slot {
        var handler: (any EventHandler)?
        var generation: UInt32 = 0
    }

    package let name: String
    private let clock: any MonotonicClock
    private let wake: WakeHandle
    private var epoll: EpollHandle
    private var slots: [Slot] = []
    private var timers = TimerHeap()
    private var jobs: [UnownedJob] = []
    private var turnEnds: [() -> Void] = []
    private let inbox = Mutex<[UnownedJob]>([])
    private let sleeping = Atomic<Bool>(false)
    private let thread = Atomic<UInt>(0)
    private let stopping = Atomic<Bool>(false)

    /// - Parameters:
    ///   - name: for logs.
    ///   - clock: decides when timers are due; tests pass one that they move.
    /// - Throws: if the kernel refuses the descriptors of the loop.
    package init(
        name: String, clock: any MonotonicClock = SystemMonotonicClock()
    ) throws(SystemError) {
        self.name = name
        self.clock = clock
        let wake = try WakeHandle()
        epoll = try EpollHandle(wokenBy: wake)
        self.wake = wake
        jobs.reserveCapacity(256)
    }

    package var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    package func assertIsCurrent() {
        precondition(isCurrent, "called away from the thread of the loop that owns it")
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        inbox.withLock { $0.append(job) }
        if sleeping.exchange(false, ordering: .sequentiallyConsistent) { wake.signal() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func checkIsolated() {
        assertIsCurrent()
    }

    package func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    // MARK: Descriptors

    /// Watches a descriptor until `forget` is called for it.
    package func watch(_ descriptor: Int32, for interest: Interest, _ handler: any EventHandler) throws(SystemError) {
        assertIsCurrent()
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        precondition(slots[index].handler == nil, "a descriptor is watched twice")
        slots[index].generation &+= 1
        try epoll.add(descriptor, interest, token: token(index))
        slots[index].handler = handler
    }

    package func change(_ descriptor: Int32, to interest: Interest) throws(SystemError) {
        assertIsCurrent()
        try epoll.modify(descriptor, interest, token: token(Int(descriptor)))
    }

    package func forget(_ descriptor: Int32) {
        assertIsCurrent()
        guard slots.indices.contains(Int(descriptor)), slots[Int(descriptor)].handler != nil else { return }
        slots[Int(descriptor)].handler = nil
        epoll.remove(descriptor)
    }

    /// The generation distinguishes events of a closed descriptor from those of a later one with the same number.
    private func token(_ index: Int) -> UInt64 {
        UInt64(slots[index].generation) << 32 | UInt64(index)
    }

    // MARK: Time

    /// The time of this loop's clock.
    package var now: ContinuousClock.Instant { clock.now() }

    /// Calls `body` on the loop's thread after `delay`, unless it is canceled.
    @discardableResult
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerID {
        assertIsCurrent()
        return timers.insert(dueAt: now + delay, body)
    }

    package func cancel(_ timer: TimerID) {
        assertIsCurrent()
        timers.remove(timer)
    }

    /// The number of timers that have neither run nor been canceled.
    var timerCount: Int {
        assertIsCurrent()
        return timers.count
    }

    /// Calls `body` once, after the jobs and timers of the turn; used to write the turn's output at once.
    package func atTurnEnd(_ body: @escaping () -> Void) {
        assertIsCurrent()
        turnEnds.append(body)
    }

    // MARK: Running

    /// Runs on the calling thread until `stop`.
    package func run() {
        let claimed = thread.compareExchange(
            expected: 0, desired: UInt(pthread_self()), ordering: .sequentiallyConsistent)
        precondition(claimed.exchanged, "a loop runs once")
        while !stopping.load(ordering: .relaxed) { turn() }
        runJobs()
        thread.store(0, ordering: .relaxed)
    }

    /// Makes `run` return after the current turn; may be called from any thread.
    package func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        wake.signal()
    }

    private func turn() {
        runJobs()
        let now = self.now
        while let body = timers.popNext(dueBy: now) { body() }
        endTurn()
        sleeping.store(true, ordering: .sequentiallyConsistent)
        let nothingToDo = jobs.isEmpty && inbox.withLock { $0.isEmpty }
        let timeoutMs = nothingToDo ? timers.millisecondsUntilNext(from: self.now) : 0
        let count = epoll.wait(timeoutMs: timeoutMs)
        sleeping.store(false, ordering: .sequentiallyConsistent)
        for index in 0..<count { deliver(epoll.event(at: index)) }
    }

    private func deliver(_ event: EpollHandle.Ready?) {
        guard let event else { return }
        let index = Int(event.token & 0xffff_ffff)
        guard slots[index].generation == UInt32(event.token >> 32) else { return }
        slots[index].handler?.ready(event.interest)
    }

    /// Runs enqueued jobs, and the jobs that these enqueue, for at most 16 rounds, so that events do not starve.
    private func runJobs() {
        for _ in 0..<16 {
            inbox.withLock { waiting in
                if !waiting.isEmpty {
                    jobs.append(contentsOf: waiting)
                    waiting.removeAll(keepingCapacity: true)
                }
            }
            if jobs.isEmpty { return }
            let due = jobs
            jobs = []
            jobs.reserveCapacity(due.count)
            for job in due {
                // As a task executor only, also for an actor's job: an `await` that stays on the loop then continues at once,
                // without a new job. The actor's isolation is checked by `isIsolatingCurrentContext`.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    private func endTurn() {
        while !turnEnds.isEmpty {
            let due = turnEnds
            turnEnds.removeAll(keepingCapacity: true)
            for body in due { body() }
        }
    }
}
