internal import Platform

/// The times that the queue scripts share.
enum QueueTimes {
    static let leaseMs: Int64 = 15_000
    /// If the last tick of a shard is older, the shard itself was unavailable, and every lease is extended.
    static let pulseMsMax: Int64 = 11_000
    /// A lane is starved after its next job has not fit for this long.
    static let starvedAfterMs: Int64 = 5_000
    /// The duration of a reservation for a starved lane.
    static let reservationMs: Int64 = 20_000

    /// Reads the time until something is due; nil for a negative number.
    static func due(_ reply: RedisReply) -> Duration? {
        guard let ms = reply.integer, ms >= 0 else { return nil }
        return .milliseconds(ms)
    }
}
