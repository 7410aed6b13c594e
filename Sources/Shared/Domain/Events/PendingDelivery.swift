package import Platform

/// A delivery of an event that is not enqueued yet.
package struct PendingDelivery: Equatable, Sendable {
    package let id: String
    /// The webhook's id, which is the delivery's lane.
    package let endpoint: String
    package let limits: WebhookLimits

    /// The words that `writeArguments` writes.
    package static let argumentCount = 3

    package init(id: String, endpoint: String, limits: WebhookLimits = .standard) {
        self.id = id
        self.endpoint = endpoint
        self.limits = limits
    }

    /// Writes what `DispatchLua` reads.
    package func writeArguments(to command: inout RedisCommand) {
        command.append(id)
        command.append(endpoint)
        command.append(limits.text)
    }
}
