package import Platform

/// How much waits and runs in one queue of one shard.
package struct QueueDepth: Hashable, Sendable {
    package let place: QueuePlace
    /// Jobs in the lanes that were counted.
    package let waiting: Int
    /// The lanes that were counted, of all three kinds; there may be more.
    package let lanesCounted: Int
    /// Lanes that have work and are served in turn.
    package let lanes: Int
    /// Lanes at their cap.
    package let parkedLanes: Int
    /// Lanes that are paused, have an open circuit breaker, or wait for their rate.
    package let restingLanes: Int
    /// Jobs that workers hold.
    package let held: Int
    /// Jobs that wait for a time.
    package let delayed: Int
    package let deadLetters: Int
    /// Endpoints whose circuit breaker is not closed.
    package let brokenLanes: Int
    /// Workers with a lease.
    package let workers: Int
    /// The id of the oldest job that is next in its lane; ids sort by their time.
    package let oldestID: String?

    /// Whether there are more lanes than were counted.
    package var isPartial: Bool { lanesCounted < lanes + parkedLanes + restingLanes }

    /// When the oldest job was made; nil if none waits.
    package var oldestAt: Timestamp? {
        guard let oldestID else { return nil }
        return SessionID(oldestID)?.createdAt ?? DeliveryID(oldestID)?.createdAt
    }

    package var isEmpty: Bool { waiting + held + delayed + deadLetters + restingLanes + parkedLanes == 0 }

    /// Reads the depth of every queue in every shard.
    package static func readAll(_ redis: RedisStore) async throws(RedisError) -> [QueueDepth] {
        var depths: [QueueDepth] = []
        for shard in 0..<redis.keys.shardCount { depths += try await QueueDepthScript(shard: shard).run(redis) }
        return depths
    }
}
