internal import Domain
internal import Platform

/// The body of a request that changes a webhook; nil keeps what is there.
struct WebhookChange: Sendable {
    let url: String?
    let events: [String]?
    let description: String?
    let isActive: Bool?

    /// Reads the body.
    init(_ reader: inout ObjectReader, rules: WebhookURLRules) {
        url = reader.read(WebhookSchema.newURL)
        if let url, let fault = rules.fault(of: url) { reader.add(.invalidURL, fault, at: WebhookSchema.newURL) }
        events = reader.read(WebhookSchema.newEvents)
        description = reader.read(WebhookSchema.description)
        isActive = reader.read(WebhookSchema.isActive)
    }

    /// Whether what was learned of the endpoint does not hold any more.
    var isFreshStart: Bool { url != nil || isActive == true }

    func parameters(at now: Timestamp) -> MySQLParameters {
        [
            "url": .optional(url), "events": .optional(events?.joined(separator: " ")),
            "description": .optional(description), "is_active": isActive.map { .boolean($0) } ?? .null,
            "now": .time(now),
        ]
    }
}
