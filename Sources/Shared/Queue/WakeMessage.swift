/// What a worker is woken for: a queue in a shard.
package struct WakeMessage: Hashable, Sendable {
    package let queue: QueueName
    package let shard: Int

    package init(queue: QueueName, shard: Int) {
        self.queue = queue
        self.shard = shard
    }

    package init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let queue = QueueName(rawValue: String(parts[0])), let shard = Int(parts[1]) else {
            return nil
        }
        self.init(queue: queue, shard: shard)
    }

    package var text: String { "\(queue.rawValue) \(shard)" }
}
