internal import Domain

/// A job that this process holds.
struct Claim: Hashable, Sendable {
    let place: QueuePlace
    let job: Job
    /// The number of claims of the job so far, including this one.
    let number: Int64
    let attempts: Int
    let crashes: Int
    let isCancelRequested: Bool

    var id: String { job.id }

    /// What tells one claim of a job from a later one, even of the same worker.
    struct Key: Hashable {
        let id: String
        let number: Int64
    }

    var key: Key { Key(id: id, number: number) }

    /// A job that crashed a worker runs alone in its process.
    var isExclusive: Bool { crashes > 0 }
}
