internal import Domain
internal import Platform

/// The body of a request that creates a webhook.
struct WebhookRequest: Sendable {
    let url: String
    let events: [String]
    let description: String
    let limits: WebhookLimits
    let headers: [HTTPField]

    /// Reads the body.
    init?(_ reader: inout ObjectReader, rules: URLRules) {
        let url = reader.read(WebhookSchema.url)
        if let url, let fault = rules.fault(of: url) { reader.add(.invalidURL, fault, at: WebhookSchema.url) }
        events = reader.read(WebhookSchema.events) ?? []
        description = reader.read(WebhookSchema.description) ?? ""
        let concurrency = reader.read(WebhookSchema.maxConcurrency).map { Int($0) }
        let rate = reader.read(WebhookSchema.ratePerSecond).map { Int($0) }
        limits = WebhookLimits(
            maxConcurrency: concurrency ?? WebhookLimits.standard.maxConcurrency, ratePerSecond: rate,
            isOrdered: reader.read(WebhookSchema.ordered) ?? false)
        headers = reader.read(WebhookSchema.headers) ?? []
        guard let url else { return nil }
        self.url = url
    }
}
