/// The types of the events that Drape sends by itself.
package enum EventName: String, Sendable, CaseIterable {
    case tryOnProcessing = "tryon.processing"
    case tryOnItemCompleted = "tryon.item.completed"
    case tryOnCompleted = "tryon.completed"
    case tryOnPartiallyCompleted = "tryon.partially_completed"
    case tryOnFailed = "tryon.failed"
    case tryOnCanceled = "tryon.canceled"
    case tryOnExpired = "tryon.expired"
    case creditsLow = "credits.low"
    case creditsDepleted = "credits.depleted"
    case creditsRefunded = "credits.refunded"
    case keyCreated = "api_key.created"
    case keyRevoked = "api_key.revoked"
    case customerErased = "customer.erased"
    case webhookTest = "webhook.test"
    case webhookDisabled = "webhook.disabled"
    case webhookSaturated = "webhook.saturated"
}
