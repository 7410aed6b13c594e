internal import Domain

/// A claimed delivery after an attempt, or without one.
struct DeliveryEnd {
    let claim: Claim
    /// The limits of its endpoint.
    let limits: WebhookLimits
    /// What the attempt says about the endpoint.
    let verdict: EndpointVerdict
    /// When it is tried again; nil: it has ended.
    let retryAfter: Duration?
}
