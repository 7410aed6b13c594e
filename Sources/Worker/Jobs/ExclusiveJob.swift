/// The rule that a job that crashed a worker runs alone in its process.
struct ExclusiveJob {
    /// Limits the wait for an empty process, because another worker may claim the job meanwhile, and other jobs wait.
    static let waitMax = Duration.seconds(2)
    private var running: Claim.Key?
    private var waitEnd: ContinuousClock.Instant?

    /// Starts to wait until this process holds no jobs, because an exclusive job is queued.
    mutating func wait(from now: ContinuousClock.Instant) {
        waitEnd = now + Self.waitMax
    }

    mutating func begin(_ claim: Claim) {
        guard claim.isExclusive else { return }
        running = claim.key
        waitEnd = nil
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
