/// Why a queue could not be used.
package enum QueueError: Error, Hashable, Sendable {
    /// This process's lease was lost: others may hold what it held.
    case fenced
    case redis(RedisError)
}
