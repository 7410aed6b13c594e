/// The rule that a job that crashed a worker runs with nothing beside it.
struct ExclusiveJob {
    /// Another worker may take the job meanwhile, and other jobs wait: a process does not wait long to become empty.
    static let waitMax = Duration.seconds(2)
    private var runningID: String?
    private var waitEnd: ContinuousClock.Instant?

    /// An exclusive job waits for a process that holds nothing.
    mutating func wait(from now: ContinuousClock.Instant) {
        waitEnd = now + Self.waitMax
    }

    mutating func begin(_ claim: Claim) {
        guard claim.isExclusive else { return }
        runningID = claim.id
        waitEnd = nil
    }

    mutating func end(_ claim: Claim) {
        if runningID == claim.id { runningID = nil }
    }

    /// Whether the process must not claim.
    func blocks(holdsNothing: Bool, now: ContinuousClock.Instant) -> Bool {
        if runningID != nil { return true }
        return !holdsNothing && waitEnd.map { $0 > now } ?? false
    }
}
