/// The rule that a job that crashed a worker runs alone in its process.
struct ExclusiveJob {
    /// Limits the wait for an empty process, because another worker may claim the job meanwhile, and other jobs wait.
    static let waitMax = Duration.seconds(2)
    private var running: Claim.Key?
    /// The time between two waits: a process that is never empty must not stand still for the job all the time.
    static let waitPause = Duration.seconds(30)
    private var waitEnd: ContinuousClock.Instant?
    private var waitsFrom: ContinuousClock.Instant?

    /// Starts to wait until this process holds no jobs, because an exclusive job is queued.
    /// - Returns: false if the last wait was a short time ago.
    mutating func wait(from now: ContinuousClock.Instant) -> Bool {
        if let waitsFrom, now < waitsFrom { return false }
        waitEnd = now + Self.waitMax
        waitsFrom = now + Self.waitPause
        return true
    }

    mutating func begin(_ claim: Claim) {
        guard claim.isExclusive else { return }
        running = claim.key
        waitEnd = nil
        waitsFrom = nil
    }

    mutating func end(_ claim: Claim) {
        if running == claim.key { running = nil }
    }

    /// Whether the process must not claim.
    func blocks(holdsNothing: Bool, now: ContinuousClock.Instant) -> Bool {
        if running != nil { return true }
        return !holdsNothing && waitEnd.map { $0 > now } ?? false
    }
}
