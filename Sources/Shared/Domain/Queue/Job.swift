/// A job to enqueue.
package struct Job: Hashable, Sendable {
    package let id: String
    /// Jobs of one lane are claimed in order; lanes are served in turn.
    package let lane: String
    /// Its share of a lane's cap and of a worker's slots.
    package let weight: Int
    /// The values of the queue's payload fields, in their order.
    package let payload: [[UInt8]]

    package init(id: String, lane: String, weight: Int, payload: [[UInt8]]) {
        self.id = id
        self.lane = lane
        self.weight = weight
        self.payload = payload
    }
}

/// The state in Redis of a job that has not been acknowledged.
package struct JobState: Hashable, Sendable {
    package let lane: String
    /// The values of the queue's payload fields, in their order.
    package let payload: [[UInt8]]
    /// Whether a worker has begun the job's side effects.
    package let isStarted: Bool
    package let isCancelRequested: Bool
    /// Whether its cancellation came before any worker claimed it, so that it is never charged.
    package let isCanceled: Bool
    package let attempts: Int
    /// Whether a worker has claimed it, now or before.
    package let isClaimed: Bool
}
