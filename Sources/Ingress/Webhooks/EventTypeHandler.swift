internal import Domain
internal import Platform

/// Handles the endpoint that lists the types of events.
enum EventTypeHandler {
    private static let example = FieldSchema(
        "example", .anyObject, isRequired: true, "An event as an endpoint receives it.", example: "{}")
    static let view = ObjectSchema(
        "EventTypes",
        [
            FieldSchema(
                "data",
                .array(
                    .object(
                        ObjectSchema(
                            "EventType",
                            [
                                .text("type", "The type.", example: "\"tryon.completed\""),
                                .text("when", "When it is sent.", example: "\"A session has ended.\""),
                                .text("dataSchema", "The name of the schema of its data.", example: "\"TryOn\""),
                                example,
                            ])), count: 0...200), isRequired: true, "The types.", example: "[]")
        ])

    static func list(_ context: RequestContext) throws(Problem) -> HTTPResponse {
        .json(capacity: 32_768) { json in
            json.key("data")
            json.array { json in
                for event in EventCatalogue.all {
                    json.object { json in
                        json.field("type", event.name.rawValue)
                        json.field("when", event.when)
                        json.field("dataSchema", event.data.name)
                        json.key("example")
                        json.raw(event.example)
                    }
                }
            }
        }
    }
}
