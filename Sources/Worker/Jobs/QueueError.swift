internal import Platform

/// Why a queue operation failed.
enum QueueError: Error, Hashable, Sendable {
    /// This process's lease was lost: other workers may hold what it held.
    case fenced
    case redis(RedisError)
}
