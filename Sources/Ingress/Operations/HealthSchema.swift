internal import Platform

/// The fields of a health report.
enum HealthSchema {
    static let view = ObjectSchema(
        "Health",
        [
            .text("status", "ok, degraded, ready, not ready or alive.", example: "\"ok\""),
            .text("version", "The version that runs.", example: "\"0.1.0\""),
            .count("uptimeSeconds", "Since the process started.", example: "3600"),
            FieldSchema(
                "checks", .stringMap(count: 16, nameLength: 1...40, valueLength: 40), isRequired: true,
                "Each part that the process cannot serve without: ok, failing, or what is wrong with a part that works.",
                example: #"{"redis":"ok"}"#),
        ])
}
