/// One queue in one shard.
package struct QueuePlace: Hashable, Sendable {
    package let queue: QueueName
    package let shard: Int

    package init(_ queue: QueueName, shard: Int) {
        self.queue = queue
        self.shard = shard
    }

    /// The message that wakes a worker for this queue and shard: the queue's name, a space, the shard.
    package var wakeMessage: String { "\(queue.text) \(shard)" }
}
