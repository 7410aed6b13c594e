internal import Domain

/// A job that this process holds.
///
/// A class, because it is passed on at every step of a job, and never changes.
final class Claim: Sendable {
    let place: QueuePlace
    let job: Job
    /// The number of claims of the job so far, including this one.
    let number: Int64
    let attempts: Int
    let crashes: Int
    let isCancelRequested: Bool

    init(
        place: QueuePlace, job: Job, number: Int64, attempts: Int, crashes: Int, isCancelRequested: Bool
    ) {
        self.place = place
        self.job = job
        self.number = number
        self.attempts = attempts
        self.crashes = crashes
        self.isCancelRequested = isCancelRequested
    }

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
