/// One queue in one shard.
package struct QueuePlace: Hashable, Sendable {
    package let queue: QueueName
    package let shard: Int

    package init(_ queue: QueueName, shard: Int) {
        self.queue = queue
        self.shard = shard
    }
}
