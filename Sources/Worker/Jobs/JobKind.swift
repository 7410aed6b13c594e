internal import Domain

/// One kind of job: where it waits, how much of it runs at once, what a crash means, and who runs it.
struct JobKind {
    let queue: QueueName
    /// The most weight of one lane that is in flight in one shard.
    let laneWeightMax: Int
    /// What this process can hold of the kind; several kinds may share a pool.
    let slots: SlotPool
    let crashPolicy: CrashPolicy
    /// Takes a job to its end: when it returns, this process does not hold the job any more.
    let handler: (Claim) async -> Void
}

/// What becomes of a job whose workers die while they run it.
enum CrashPolicy {
    /// It is run again, however often.
    case retry
    /// After so many crashes it goes to another queue, whose handler ends it as failed.
    case bury(in: QueueName, crashesMax: Int)

    /// Nil: such jobs are never buried.
    var burial: QueueName? {
        if case .bury(let queue, _) = self { queue } else { nil }
    }

    var crashesMax: Int {
        if case .bury(_, let most) = self { most } else { .max }
    }
}
