internal import Platform

/// A delivery of an event that is not enqueued yet.
struct PendingDelivery: Hashable, Sendable {
    let id: String
    /// The webhook's id, which is the delivery's lane.
    let endpoint: String

    /// Writes what `DispatchLua` reads.
    func writeArguments(to command: inout RedisCommand) {
        command.append(id)
        command.append(endpoint)
    }
}
