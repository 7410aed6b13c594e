/// A delivery of an event that is to be dispatched.
struct PendingDelivery: Hashable, Sendable {
    let id: String
    /// The webhook's id, which is the delivery's lane.
    let endpoint: String
}
