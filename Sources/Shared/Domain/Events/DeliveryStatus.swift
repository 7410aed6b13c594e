/// The state of the delivery of an event to an endpoint.
package enum DeliveryStatus: String, Sendable, CaseIterable {
    /// It waits for an attempt.
    case pending
    case delivered
    /// It was given up.
    case failed
    /// Its endpoint was deleted.
    case canceled
    /// Its endpoint was not active; it can be recovered.
    case skipped
}
