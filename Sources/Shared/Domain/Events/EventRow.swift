internal import Platform

/// A row of a webhook event.
struct EventRow {
    let id: EventID
    let organizationID: OrganizationID
    let environment: TenantEnvironment
    /// What the event is about.
    let subjectID: String
    let type: String
    /// The bytes that every attempt signs and sends.
    let body: [UInt8]
    let requestID: String
    let traceparent: String?
    let createdAt: Timestamp

    /// The row of an event; its body is stored, so that every attempt signs and sends the same bytes.
    init(_ event: OutgoingEvent, at now: Timestamp, random: inout SystemRandomSource) {
        let id = event.id ?? EventID(at: now, random: &random)
        let createdAt = event.id == nil ? now : id.createdAt
        self.id = id
        organizationID = event.organizationID
        environment = event.environment
        subjectID = event.subjectID
        type = event.type
        requestID = event.requestID
        traceparent = event.traceparent
        self.createdAt = createdAt
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("id", id)
            json.field("type", event.type)
            json.field("createdAt", createdAt)
            json.field("organizationId", event.organizationID)
            json.key("data")
            json.object(event.writeData)
        }
        body = json.bytes
    }

    static let insert = InsertStatement<EventRow>(
        into: "webhook_events",
        [
            ("id", { .id($0.id) }),
            ("organization_id", { .id($0.organizationID) }),
            ("environment", { .text($0.environment.rawValue) }),
            ("subject_id", { .text($0.subjectID) }),
            ("type", { .text($0.type) }),
            ("body", { .bytes($0.body) }),
            ("request_id", { .text($0.requestID) }),
            ("traceparent", { .optional($0.traceparent) }),
            ("created_at", { .time($0.createdAt) }),
        ])
}

/// A row of a new delivery: due at once, or kept for later if its endpoint is not active.
struct DeliveryRow {
    let id: DeliveryID
    let organizationID: OrganizationID
    let eventID: EventID
    let webhookID: WebhookID
    let isSkipped: Bool
    let createdAt: Timestamp

    static let insert = InsertStatement<DeliveryRow>(
        into: "webhook_deliveries",
        // Due at once by the clock of the database, which decides, also if the clock of this process is ahead of it.
        expressions: ["next_attempt_at": "LEAST(?, NOW(3))"],
        [
            ("id", { .id($0.id) }),
            ("organization_id", { .id($0.organizationID) }),
            ("event_id", { .id($0.eventID) }),
            ("webhook_id", { .id($0.webhookID) }),
            ("status", { .text($0.isSkipped ? "skipped" : "pending") }),
            ("next_attempt_at", { $0.isSkipped ? .null : .time($0.createdAt) }),
            ("created_at", { .time($0.createdAt) }),
        ])
}
