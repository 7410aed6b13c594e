internal import Domain
internal import Platform

/// The fields of deliveries and their attempts.
enum DeliverySchema {
    private static let statuses = DeliveryStatus.allCases.map(\.rawValue)
    static let status = FieldSchema("status", .choice(statuses), "Deliveries in this state.", example: "\"failed\"")
    static let eventType = FieldSchema(
        "eventType", .string(1...100, format: .eventType), "Deliveries of events of this type.",
        example: "\"tryon.completed\"")
    static let since = FieldSchema(
        "since", .string(1...40, format: .dateTime), "Deliveries from this time on.",
        example: "\"2026-11-01T00:00:00Z\"")
    static let query = PageSchema.query + [status, eventType, since]

    private static let fields = [
        FieldSchema.id("id", DeliveryID.self, "The delivery's id, which is sent as X-Webhook-Delivery-Id."),
        .text("eventId", "The id of the event, which is sent as webhook-id.", example: "\"evt_…\""),
        .text("eventType", "The type of the event.", example: "\"tryon.completed\""),
        FieldSchema(
            "status", .choice(statuses), isRequired: true, "The state of the delivery.", example: "\"delivered\""),
        .count("attempts", "How often it was sent.", example: "1"),
        .time("nextAttemptAt", isNullable: true, "When it is sent again."),
        .time("deliveredAt", isNullable: true, "When it was accepted."),
        FieldSchema(
            "lastStatusCode", .integer(100...599), isRequired: true, isNullable: true,
            "The status of the last answer; null if there was none.", example: "200"),
        .text("lastError", isNullable: true, "Why the last attempt failed.", example: "\"the answer was 500\""),
        .createdAt,
    ]
    static let view = ObjectSchema("WebhookDelivery", fields)
    private static let attempt = ObjectSchema(
        "WebhookAttempt",
        [
            .count("attempt", "The number of the attempt.", example: "1"),
            FieldSchema(
                "requestHeaders", .stringMap(count: 40, nameLength: 1...64, valueLength: 1_000), isRequired: true,
                "The header fields of the request. Signatures are hidden, and so are the webhook's own fields, which are those of now.",
                example: #"{"webhook-id":"evt_…"}"#),
            .text("address", isNullable: true, "The address that was called.", example: "\"203.0.113.7\""),
            FieldSchema(
                "statusCode", .integer(100...599), isRequired: true, isNullable: true,
                "The status of the answer; null if there was none.", example: "200"),
            .text("error", isNullable: true, "Why it failed.", example: "null"),
            FieldSchema(
                "response", .string(0...16_384), isRequired: true, "The answer's body, up to 16 KB.",
                example: "\"ok\""),
            .count("durationMs", "How long it took.", example: "34"),
            .time("startedAt", "When it was sent."),
        ])
    static let detail = ObjectSchema(
        "WebhookDeliveryDetail",
        fields + [
            FieldSchema(
                "log", .array(.object(attempt), count: 0...1_000), isRequired: true, "The attempts, oldest first.",
                example: "[]")
        ])
}
