internal import Domain
internal import Platform

/// The body of a request that changes a webhook; nil keeps what is there.
struct WebhookChange: Sendable {
    let url: String?
    let events: [String]?
    let description: String?
    let isActive: Bool?
    let maxConcurrency: Int64?
    let ratePerSecond: Change<Int64>
    let isOrdered: Bool?
    /// They replace all that were there.
    let headers: [HTTPField]?

    /// Reads the body.
    init(_ reader: inout ObjectReader, rules: URLRules) {
        url = reader.read(WebhookSchema.newURL)
        if let url, let fault = rules.fault(of: url) { reader.add(.invalidURL, fault, at: WebhookSchema.newURL) }
        events = reader.read(WebhookSchema.newEvents)
        description = reader.read(WebhookSchema.description)
        isActive = reader.read(WebhookSchema.isActive)
        maxConcurrency = reader.read(WebhookSchema.maxConcurrency)
        ratePerSecond = reader.change(WebhookSchema.ratePerSecond)
        isOrdered = reader.read(WebhookSchema.ordered)
        headers = reader.read(WebhookSchema.headers)
    }

    /// Whether what was learned of the endpoint does not hold any more.
    var isFreshStart: Bool { url != nil || isActive == true }

    /// Whether it changes how fast the endpoint is served.
    var hasLimits: Bool { maxConcurrency != nil || ratePerSecond.isSet || isOrdered != nil }

    /// The names of what it changes; empty: nothing.
    var names: String {
        var names: [String] = []
        if url != nil { names.append("url") }
        if events != nil { names.append("events") }
        if description != nil { names.append("description") }
        if isActive != nil { names.append(isActive == true ? "isActive: true" : "isActive: false") }
        if maxConcurrency != nil { names.append("maxConcurrency") }
        if case .set = ratePerSecond { names.append("ratePerSecond") }
        if isOrdered != nil { names.append("ordered") }
        if headers != nil { names.append("headers") }
        return names.joined(separator: ", ")
    }

    func parameters(sealing headers: SealedHeaders, of id: WebhookID, at now: Timestamp) -> MySQLParameters {
        let (setsRate, rate): (Bool, Int64?) =
            switch ratePerSecond {
            case .keep: (false, nil)
            case .set(let value): (true, value)
            }
        return [
            "url": .optional(url), "events": .optional(events?.joined(separator: " ")),
            "description": .optional(description), "is_active": isActive.map { .boolean($0) } ?? .null,
            "max_concurrency": .optional(maxConcurrency), "sets_rate": .boolean(setsRate), "rate": .optional(rate),
            "is_ordered": isOrdered.map { .boolean($0) } ?? .null, "sets_headers": .boolean(self.headers != nil),
            "headers": self.headers.flatMap { headers.seal($0, of: id) }.map { .bytes($0) } ?? .null,
            "begins_anew": .boolean(isFreshStart), "now": .time(now),
        ]
    }
}
