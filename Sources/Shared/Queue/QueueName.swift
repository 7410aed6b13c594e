/// The queues of every shard.
package enum QueueName: String, Hashable, Sendable, CaseIterable {
    /// Cart try-ons; a lane is an organisation.
    case sessions
    /// Sessions that crashed their workers, on their way to a failed end; a lane is an organisation.
    case burial
    /// Deliveries of events; a lane is an endpoint.
    case webhooks
}
