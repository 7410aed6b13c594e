internal import Platform

/// The fields of the statistics of a webhook.
enum WebhookStatsSchema {
    static let hours = FieldSchema(
        "hours", .integer(1...720), "How many hours, the present one included; 24 if it is absent.", example: "24")
    static let p50 = milliseconds("p50Ms", "The time that half of the attempts did not exceed, in ms, estimated.")
    static let p95 = milliseconds("p95Ms", "The time that 95 % of the attempts did not exceed, in ms, estimated.")

    private static func milliseconds(_ name: StaticString, _ description: String) -> FieldSchema {
        FieldSchema(
            name, .integer(0...Int64.max), isRequired: true, isNullable: true, description, example: "35")
    }

    private static let counts = [
        FieldSchema.count("delivered", "Deliveries that were accepted.", example: "118"),
        .count("failed", "Deliveries that were given up.", example: "0"),
        .count("attempts", "Attempts, retries included.", example: "121"),
        .count("attemptsFailed", "Attempts that failed.", example: "3"), p50, p95,
    ]
    static let view = ObjectSchema(
        "WebhookStats",
        [
            .time("since", "The beginning of the first hour."),
            FieldSchema(
                "total", .object(ObjectSchema("WebhookStatsTotal", counts)), isRequired: true, "All hours together.",
                example: "{}"),
            FieldSchema(
                "hours",
                .array(
                    .object(ObjectSchema("WebhookStatsHour", [.time("hour", "The beginning of the hour.")] + counts)),
                    count: 0...720), isRequired: true, "The hours with attempts, oldest first.", example: "[]"),
        ])
}
