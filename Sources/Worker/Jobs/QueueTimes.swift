internal import Platform

/// The times that the scripts of the queues agree on.
enum QueueTimes {
    static let leaseMs: Int64 = 15_000
    /// A shard whose last tick is longer ago was away itself: nobody is reaped.
    static let pulseMsMax: Int64 = 10_000
    /// A lane whose next job found no room for so long is starved.
    static let starvedAfterMs: Int64 = 5_000
    /// How long one worker makes room for a starved lane.
    static let reservationMs: Int64 = 20_000

    /// A time in a reply, in ms since 1970; nil for 0.
    static func due(_ reply: RedisReply) -> Int64? {
        let due = Int64(Double(reply.text ?? "") ?? 0)
        return due > 0 ? due : nil
    }
}
