internal import Platform

/// The times that the queue scripts share.
enum QueueTimes {
    static let leaseMs: Int64 = 15_000
    /// If the last tick of a shard is older, the shard itself was unavailable, and every lease is extended.
    static let pulseMsMax: Int64 = 10_000
    /// A lane is starved after its next job has not fit for this long.
    static let starvedAfterMs: Int64 = 5_000
    /// The duration of a reservation for a starved lane.
    static let reservationMs: Int64 = 20_000

    /// Reads a time of a reply, in ms since 1970; nil for 0.
    static func due(_ reply: RedisReply) -> Int64? {
        let due = Int64(Double(reply.text ?? "") ?? 0)
        return due > 0 ? due : nil
    }
}
