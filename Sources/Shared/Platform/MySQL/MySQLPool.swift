internal import Foundation
internal import Synchronization

/// A pool of threads that each own a connection and run the work of event loops.
///
/// A caller resumes on its own loop.
// Invariant: `state` is accessed only while `condition` is locked.
package final class MySQLPool: @unchecked Sendable {
    private typealias Work = (MySQLConnection?) -> Void

    private struct Waiting {
        var deadline: ContinuousClock.Instant
        var job: Work
    }

    private struct State {
        var jobs: [Waiting] = []
        var firstJob = 0
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private let endpoint: MySQLEndpoint
    private let threadsMin: Int
    private let lockWaitSeconds: Int
    private let commandSeconds: UInt32
    private let threadsMax: Int
    private let jobsMax: Int
    private let waitMax: Duration
    private let condition = NSCondition()
    private var state = State()
    private let logger: Logger
    package let statistics = MySQLStatistics()

    package init(
        endpoint: MySQLEndpoint, threadsMin: Int = 5, threadsMax: Int = 20, lockWaitSeconds: Int = 3,
        commandSeconds: UInt32 = 15, jobsMax: Int = 4_096, waitMax: Duration = .seconds(5), logger: Logger
    ) {
        self.endpoint = endpoint
        self.threadsMin = threadsMin
        self.lockWaitSeconds = lockWaitSeconds
        self.commandSeconds = commandSeconds
        self.threadsMax = threadsMax
        self.jobsMax = jobsMax
        self.waitMax = waitMax
        self.logger = logger
    }

    /// Initializes libmariadb; call it once, before any thread is created.
    package static func startLibrary() {
        MySQLHandle.startLibrary()
    }

    /// Runs `work` on a thread of the pool and returns its value or error; `unavailable` if no thread takes it in time.
    // A result, not a typed throw: Swift 6.3 miscompiles generic async functions that throw a typed error and return a
    // large value (docs/decisions/0002).
    package func attempt<Value: Sendable>(
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Value
    ) async -> Result<Value, MySQLError> {
        let (statistics, logger) = (self.statistics, self.logger)
        return await withCheckedContinuation { continuation in
            let isTaken = enqueue { connection in
                guard let connection else {
                    return continuation.resume(returning: .failure(.unavailable("no connection was free in time")))
                }
                let stopwatch = Stopwatch()
                do throws(MySQLError) {
                    let value = try work(connection)
                    statistics.latency.observe(nanoseconds: stopwatch.nanoseconds)
                    statistics.isReachable.set(1)
                    continuation.resume(returning: .success(value))
                } catch {
                    statistics.errors.add(1)
                    if error.isServerFault { statistics.serverFaults.add(1) }
                    Self.log(error, logger)
                    statistics.isReachable.set(error.isConnectionFault ? 0 : 1)
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isTaken {
                continuation.resume(returning: .failure(.unavailable("too much work waits for the database")))
            }
        }
    }

    /// Whether the database is reachable; runs `SELECT 1` if the last work lost the connection.
    package func isReachable() async -> Bool {
        if statistics.isReachable.value == 1 { return true }
        _ = await attempt { connection throws(MySQLError) in try connection.query("SELECT 1") }
        return statistics.isReachable.value == 1
    }

    /// Accepts no more work, fails the waiting work, and ends the threads; waits for them at most 2 seconds.
    package func close() {
        condition.lock()
        state.isClosed = true
        let refused = state.jobs[state.firstJob...]
        state.jobs = []
        state.firstJob = 0
        condition.broadcast()
        let deadline = Date(timeIntervalSinceNow: 2)
        while state.threads > 0, condition.wait(until: deadline) {}
        condition.unlock()
        for waiting in refused { waiting.job(nil) }
    }

    /// Logs errors that an operator must see; duplicates and lock conflicts are expected and not logged.
    private static func log(_ error: MySQLError, _ logger: Logger) {
        if error.isDuplicate || error.isContended { return }
        logger.log(error.isConnectionFault ? .warning : .error, "the database failed", [.error(error)])
    }

    // MARK: Threads

    private func enqueue(_ job: @escaping Work) -> Bool {
        // All threads may be blocked on a server that hangs, so each new job also fails the expired ones.
        for late in expired() { late.job(nil) }
        condition.lock()
        defer { condition.unlock() }
        if state.isClosed || state.jobs.count - state.firstJob >= jobsMax { return false }
        state.jobs.append(Waiting(deadline: .now + waitMax, job: job))
        statistics.waiting.set(state.jobs.count - state.firstJob)
        // A thread that was woken for an earlier job counts as idle until it runs.
        if state.idle >= state.jobs.count - state.firstJob {
            condition.signal()
        } else if state.threads < threadsMax {
            startThread()
        } else {
            condition.signal()
        }
        return true
    }

    private func expired() -> [Waiting] {
        condition.lock()
        defer { condition.unlock() }
        let now = ContinuousClock.now
        var late: [Waiting] = []
        while state.firstJob < state.jobs.count, state.jobs[state.firstJob].deadline < now {
            late.append(state.jobs[state.firstJob])
            state.firstJob += 1
        }
        return late
    }

    private func startThread() {
        state.threads += 1
        statistics.threads.set(state.threads)
        let thread = Thread {
            ThreadName.set("mysql")
            self.serve()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func serve() {
        let connection = MySQLConnection(endpoint, lockWaitSeconds: lockWaitSeconds, commandSeconds: commandSeconds)
        while let waiting = next() {
            waiting.job(waiting.deadline < .now ? nil : connection)
        }
        connection.close()
        condition.lock()
        state.threads -= 1
        statistics.threads.set(state.threads)
        condition.broadcast()
        condition.unlock()
    }

    /// The next job, or nil if this thread must end.
    private func next() -> Waiting? {
        condition.lock()
        defer { condition.unlock() }
        while state.firstJob == state.jobs.count {
            if state.isClosed { return nil }
            state.idle += 1
            let isWoken = condition.wait(until: Date(timeIntervalSinceNow: 60))
            state.idle -= 1
            if !isWoken, state.firstJob == state.jobs.count, state.threads > threadsMin { return nil }
        }
        let waiting = state.jobs[state.firstJob]
        state.firstJob += 1
        if state.firstJob == state.jobs.count || state.firstJob > 1_024 {
            state.jobs.removeFirst(state.firstJob)
            state.firstJob = 0
        }
        statistics.waiting.set(state.jobs.count - state.firstJob)
        return waiting
    }
}
