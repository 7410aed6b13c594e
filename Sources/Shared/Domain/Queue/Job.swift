/// A job as it is put into a queue.
package struct Job: Hashable, Sendable {
    package let id: String
    /// Jobs of one lane run in order; lanes take turns.
    package let lane: String
    /// What it counts for in lane caps and worker slots.
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

/// What Redis knows of a job that has not been acknowledged.
package struct JobState: Hashable, Sendable {
    package let lane: String
    /// The values of the queue's payload fields, in their order.
    package let payload: [[UInt8]]
    /// A worker has begun the job's side effects.
    package let isStarted: Bool
    package let isCancelRequested: Bool
    package let attempts: Int
}
