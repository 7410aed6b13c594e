internal import Domain
internal import Platform

/// One kind of job: its queue, its concurrency limits, its crash policy and its handler.
struct JobKind {
    let queue: QueueName
    /// The maximum weight of one lane in flight in one shard.
    let laneWeightMax: Int
    /// Jobs of one claim.
    var claimMax = 256
    /// The slots of this process for the kind; several kinds may share a pool.
    let slots: SlotPool
    /// The shares of lanes in the slots; nil: each job counts with its own weight.
    var shares: (any LaneShares)?
    let crashPolicy: CrashPolicy
    /// Whether a job that Redis does not know is open in MariaDB, or not known there; another worker may have ended it.
    let isOpen: (Claim) async -> Bool
    /// Runs a job to its end; when it returns, this process no longer holds the job.
    let handler: (Claim) async -> Void
}

/// What happens to a job whose worker dies while it runs the job.
enum CrashPolicy {
    /// The job is retried without limit.
    case retry
    /// After this many crashes the job goes to another queue, whose handler ends it as failed; each is counted.
    case bury(in: QueueName, crashesMax: Int, counted: Counter)

    /// The burial queue; nil if such jobs are never buried.
    var burial: QueueName? {
        if case .bury(let queue, _, _) = self { queue } else { nil }
    }

    var crashesMax: Int {
        if case .bury(_, let most, _) = self { most } else { .max }
    }

    func count(buried: Int) {
        if case .bury(_, _, let counter) = self { counter.add(buried) }
    }
}
