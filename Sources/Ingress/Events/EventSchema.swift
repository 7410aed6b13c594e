internal import Domain
internal import Platform

/// The fields of an event that a client sends.
enum EventSchema {
    static let eventsMax = 100
    static let type = Field<String>.string(
        "type", 1...100, format: .eventType, isRequired: true,
        "The client's own type; it does not begin with the first word of one of Drape's types.",
        example: "\"order.shipped\""
    ).checked { text in
        if !EventType.isValid(text) {
            return (
                .invalidEvent, "must be words of lower-case letters, digits and underscores, divided by dots"
            )
        }
        let words = ClientEvent.reservedWords.sorted().joined(separator: ", ")
        return ClientEvent.isAllowed(text) ? nil : (.invalidEvent, "must not begin with one of these words: \(words)")
    }
    static let data = Field<JSONNode>.anyObject(
        "data", isRequired: true, "What has happened: any JSON object.", example: #"{"order":"1001"}"#)
    static let idempotencyKey = Field<String>.string(
        "idempotencyKey", 1...255, "An event with a key is taken once in 24 hours.", example: "\"order-1001-shipped\""
    ).checked { text in
        let isPrintable = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        return isPrintable ? nil : (.invalidKey, "must have printable ASCII characters only")
    }
    static let create = ObjectSchema("EventCreate", [type.schema, data.schema, idempotencyKey.schema])
    static let events = Field<[EventRequest]>.objects(
        "events", create, count: 1...eventsMax, isRequired: true, "The events; all of them are taken, or none.",
        example: #"[{"type":"order.shipped","data":{"order":"1001"}}]"#
    ) { reader in EventRequest(&reader) }
    static let batch = ObjectSchema("EventBatch", [events.schema])

    private static let fields = [
        FieldSchema.id("id", EventID.self, "The event's id, which is sent as webhook-id."),
        .text("type", "Its type.", example: "\"order.shipped\""), .createdAt,
    ]
    static let accepted = ObjectSchema("EventAccepted", fields)
    static let batchAccepted = ObjectSchema(
        "EventBatchAccepted",
        [
            FieldSchema(
                "data", .array(.object(accepted), count: 1...eventsMax), isRequired: true,
                "The events, in the order of the request.", example: "[]")
        ])
}
