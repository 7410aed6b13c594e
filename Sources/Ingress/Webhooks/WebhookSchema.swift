internal import Domain
internal import Platform

/// The fields of a webhook.
enum WebhookSchema {
    static let url = Field<String>.string(
        "url", 1...2_000, format: .uri, isRequired: true,
        "Where events are posted: https, on port 443 or above 1023, never to a private address.",
        example: "\"https://shop.example/drape\"")
    static let events = events(isRequired: true)
    static let newEvents = events(isRequired: false)
    private static func events(isRequired: Bool) -> Field<[String]> {
        .array(
            "events", of: .string(1...100, format: .eventType), count: 1...20, isRequired: isRequired,
            "The types of events to deliver: a type, all types that begin with a word (order.*), or every type (*).",
            example: #"["tryon.completed","order.*"]"#, element: eventType)
    }

    private static func eventType(_ node: JSONNode) -> Result<String, ArrayElementFault> {
        if let text = node.string, EventTypePattern(text) != nil { return .success(text) }
        return .failure(
            ArrayElementFault(
                code: .invalidEvent,
                message:
                    "must be *, a type such as tryon.completed, or a prefix such as tryon.*: words of lower-case letters, "
                    + "digits and underscores, divided by dots"
            ))
    }

    static let description = Field<String>.string(
        "description", 0...500, "What the webhook is for.", example: "\"order service\"")

    // MARK: Limits

    static let maxConcurrency = Field<Int64>.integer(
        "maxConcurrency", WebhookLimits.concurrencyRange, "The most deliveries under way at once; 16 if it is absent.",
        example: "16")
    static let ratePerSecond = Field<Int64>.integer(
        "ratePerSecond", WebhookLimits.rateRange, isNullable: true,
        "The most deliveries a second; null: as many as possible.", example: "50")
    static let ordered = Field<Bool>.boolean(
        "ordered",
        "Whether events are sent one at a time, in their order: one that fails holds up all that come after it.",
        example: "false")
    static let headers = Field<[HTTPField]>.headers(
        "headers", "Header fields that are added to each delivery, such as Authorization; they are never shown again.")
    private static let limits = [maxConcurrency.schema, ratePerSecond.schema, ordered.schema]

    static let newURL = Field<String>.string(
        "url", 1...2_000, format: .uri, "Where events are posted from now on.", example: "\"https://shop.example/new\"")
    static let isActive = Field<Bool>.boolean(
        "isActive", "Whether events are delivered; what comes while they are not can be recovered.", example: "true")
    static let since = Field<Timestamp>.time("since", "Deliveries of events since this time.")
    static let change = ObjectSchema(
        "WebhookChange",
        [newURL.schema, newEvents.schema, description.schema, isActive.schema] + limits + [headers.schema])
    static let graceHours = Field<Int64>.integer(
        "graceHours", 0...168, "How long deliveries are signed with the old secret, too; 24 if it is absent.",
        example: "24")
    static let rotate = ObjectSchema("WebhookRotateSecret", [graceHours.schema])
    static let recover = ObjectSchema("WebhookRecover", [since.schema])
    static let recovered = ObjectSchema(
        "WebhookRecovered",
        [
            .count("recovered", "Deliveries that are sent again.", example: "12"),
            FieldSchema(
                "hasMore", .boolean, isRequired: true, "Whether there are more; then send the request again.",
                example: "false"),
        ])

    static let create = ObjectSchema(
        "WebhookCreate", [url.schema, events.schema, description.schema] + limits + [headers.schema])
    private static let fields = [
        FieldSchema.id("id", WebhookID.self, "The webhook's id."), url.schema, description.schema.inResponse,
        events.schema,
        FieldSchema("isActive", .boolean, isRequired: true, "Whether events are delivered.", example: "true"),
        FieldSchema(
            "disabledReason", .choice(DisabledReason.allCases.map(\.rawValue)), isRequired: true, isNullable: true,
            "Why it was disabled without its owner.", example: "\"gone\""),
        maxConcurrency.schema.inResponse, ratePerSecond.schema.inResponse, ordered.schema.inResponse,
        FieldSchema(
            "headerNames", .array(.string(1...64), count: 0...20), isRequired: true,
            "The names of the added header fields.", example: #"["Authorization"]"#),
        .count("successCount", "Deliveries that succeeded.", example: "12"),
        .count("failureCount", "Deliveries that were given up.", example: "1"), breaker,
        .time("previousSecretUntil", isNullable: true, "Until when deliveries are signed with the old secret, too."),
        .createdAt, .updatedAt,
    ]
    private static let breaker = FieldSchema(
        "breaker",
        .object(
            ObjectSchema(
                "WebhookBreaker",
                [
                    FieldSchema(
                        "state", .choice(CircuitBreaker.State.allCases.map(\.rawValue)), isRequired: true,
                        "Whether events are sent: while it is open, none is; half-open, one at a time.",
                        example: "\"closed\""),
                    FieldSchema(
                        "reason", .choice(CircuitBreaker.Reason.allCases.map(\.rawValue)), isRequired: true,
                        isNullable: true, "Why it opened.", example: "null"),
                    .time("openedAt", isNullable: true, "When it opened."),
                    .time("nextProbeAt", isNullable: true, "When the endpoint is tried again."),
                ])), isRequired: true, "The circuit breaker of the endpoint.",
        example: #"{"state":"closed","reason":null,"openedAt":null,"nextProbeAt":null}"#)
    static let view = ObjectSchema("Webhook", fields)
    static let created = ObjectSchema(
        "WebhookCreated",
        fields + [.text("secret", "The secret that signs deliveries: only this response shows it.", example: "\"5a…\"")]
    )
}
