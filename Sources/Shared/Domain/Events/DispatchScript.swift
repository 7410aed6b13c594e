package import Platform

/// Enqueues deliveries that a transaction has written.
package struct DispatchScript {
    /// KEYS: 1 delivery queue.
    ///
    /// ARGV: 1 delivery key prefix, then for each delivery: id, lane, limits of the lane. Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.push, .wake))
        \(DispatchLua.dispatch)
        dispatch(KEYS[1], ARGV[1], 2, #ARGV)
        return 1
        """)

    private let deliveries: [PendingDelivery]
    private let organizationID: OrganizationID

    package init(_ deliveries: [PendingDelivery], of organizationID: OrganizationID) {
        self.deliveries = deliveries
        self.organizationID = organizationID
    }

    /// Runs the script, unless there is nothing to enqueue.
    package func run(_ redis: RedisStore) async throws(RedisError) {
        if deliveries.isEmpty { return }
        let names = redis.keys
        let shard = names.shard(of: organizationID)
        _ = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keys: [names.queue(.webhooks, shard: shard)]
        ) { command in
            command.append(names.jobPrefix(.webhooks, shard: shard))
            for delivery in deliveries { delivery.writeArguments(to: &command) }
        }
    }
}
