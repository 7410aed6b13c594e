internal import Domain
internal import Platform

/// A type of events that Drape sends: when, with which data.
struct EventDescription: Sendable {
    let name: EventName
    let when: String
    let data: ObjectSchema
    /// An example of the data, as JSON; nil: the examples of its fields.
    private let dataExample: String?

    init(_ name: EventName, _ when: String, _ data: ObjectSchema, example: String? = nil) {
        self.name = name
        self.when = when
        self.data = data
        dataExample = example
    }

    /// An event as an endpoint receives it, with the examples of its fields.
    var example: [UInt8] {
        JSONWriter.object(capacity: 1_024) { json in
            json.field("id", "evt_06f8g1v2m3n4p5q6r7s8t9v0w1")
            json.field("type", name.rawValue)
            json.field("createdAt", "2026-11-21T02:40:00.123Z")
            json.field("organizationId", "org_06f8g1v2m3n4p5q6r7s8t9v0w1")
            json.key("data")
            if let dataExample {
                json.raw(Array(dataExample.utf8))
            } else {
                json.object { json in data.writeExample(to: &json) }
            }
        }
    }
}

extension ObjectSchema {
    /// Writes a member for each field, with its example.
    fileprivate func writeExample(to json: inout JSONWriter) {
        for field in fields {
            json.key(field.name)
            json.raw(Array(field.example.utf8))
        }
    }
}

/// Every type of events that Drape sends; the endpoint and the documents are made from it.
enum EventCatalogue {
    static let all = sessions + credits + keys + webhooks

    private static let sessions = [
        EventDescription(
            .tryOnProcessing, "A session was charged, and a worker begins to render it.", TryOnSchema.view,
            example: session(.processing, .processing)),
        EventDescription(
            .tryOnItemCompleted, "An item has its picture; the session may go on.", TryOnSchema.itemCompleted,
            example:
                #"{"sessionId":"\#(sessionID)","customerId":"shopper-42","cartId":"cart-1001","item":\#(item(.completed))}"#
        ),
        EventDescription(
            .tryOnCompleted, "A session has ended, and every item has a picture.", TryOnSchema.view,
            example: session(.completed, .completed)),
        EventDescription(
            .tryOnPartiallyCompleted, "A session has ended; some items failed, and were refunded.", TryOnSchema.view,
            example: session(.partiallyCompleted, .completed)),
        EventDescription(
            .tryOnFailed, "A session has ended without a picture; nothing was charged, or all was refunded.",
            TryOnSchema.view, example: session(.failed, .failed)),
        EventDescription(
            .tryOnCanceled, "A session was canceled, by a request or as a duplicate.", TryOnSchema.view,
            example: session(.canceled, .canceled)),
        EventDescription(
            .tryOnExpired, "A session has waited longer than 24 hours; it was not charged.", TryOnSchema.view,
            example: session(.expired, .expired)),
    ]
    private static let sessionID = "cts_06f8g1v2m3n4p5q6r7s8t9v0w1"

    private static func item(_ status: ItemStatus) -> String {
        let result =
            switch status {
            case .completed: #","resultUrl":"https://drape.example/files/…","renderer":"compositor""#
            case .failed: #","error":{"code":"garment_unreachable","message":"garmentUrl could not be fetched"}"#
            default: ""
            }
        return #"{"id":"itm_06f8g1v2m3n4p5q6r7s8t9v0w0","sku":"TEE-1","status":"\#(status.rawValue)"\#(result)}"#
    }

    private static func session(_ status: SessionStatus, _ itemStatus: ItemStatus) -> String {
        let times =
            status == .processing
            ? #""startedAt":"2026-11-21T02:40:00.200Z","finishedAt":null"#
            : #""startedAt":"2026-11-21T02:40:00.200Z","finishedAt":"2026-11-21T02:40:01.500Z""#
        return #"{"id":"\#(sessionID)","status":"\#(status.rawValue)","customerId":"shopper-42","#
            + #""photoId":"pho_06f8g1v2m3n4p5q6r7s8t9v0w1","cartId":"cart-1001","quality":"HD","costCredits":2,"#
            + #""items":[\#(item(itemStatus))],"metadata":{},"createdAt":"2026-11-21T02:40:00.123Z",\#(times)}"#
    }

    private static let credits = [
        EventDescription(
            .creditsLow, "The balance has fallen below the organisation's threshold.", balance),
        EventDescription(.creditsDepleted, "The balance has fallen to zero.", balance),
        EventDescription(
            .creditsRefunded, "Credits of an item came back.",
            ObjectSchema(
                "CreditsRefundedData",
                [
                    .count("amount", "Credits.", example: "2"),
                    FieldSchema.id("sessionId", SessionID.self, "The session."),
                    FieldSchema.id("itemId", ItemID.self, "The item."),
                    .text("sku", "The shop's id of the garment.", example: "\"TEE-1\""),
                ])),
    ]
    private static let balance = ObjectSchema(
        "CreditsBalanceData",
        [
            .count("balance", "Credits that are left.", example: "19"),
            FieldSchema(
                "lowCreditsThreshold", .integer(0...Int64.max), isRequired: true, isNullable: true,
                "The organisation's threshold.", example: "20"),
            FieldSchema.id("sessionId", SessionID.self, "The session whose charge has done it."),
        ])
    private static let keys = [
        EventDescription(.keyCreated, "An API key was created.", key),
        EventDescription(.keyRevoked, "An API key was deactivated or deleted.", key),
        EventDescription(
            .customerErased, "A customer's data was erased.",
            ObjectSchema("CustomerErasedData", [FieldSchema.id("customerId", CustomerID.self, "The customer's id.")])),
    ]
    private static let key = ObjectSchema(
        "APIKeyData",
        [
            FieldSchema.id("keyId", APIKeyID.self, "The key's id."),
            .text("name", "The key's name.", example: "\"backend\""),
            .text("prefix", "The beginning of the key, which is no secret.", example: "\"drape_live_a1b2c3d4\""),
        ])
    private static let webhooks = [
        EventDescription(
            .webhookTest, "A test was asked for; it goes to its webhook alone, whatever that subscribes to.",
            ObjectSchema("WebhookTestData", [webhook])),
        EventDescription(
            .webhookDisabled, "A webhook was disabled, because its endpoint is gone, asked for it, or failed for days.",
            ObjectSchema(
                "WebhookDisabledData",
                [
                    webhook, .text("url", "Its URL, without the query.", example: "\"https://shop.example/drape\""),
                    FieldSchema(
                        "reason", .choice(DisabledReason.allCases.map(\.rawValue)), isRequired: true, "Why.",
                        example: "\"failing\""),
                    .text("lastError", isNullable: true, "Its last error.", example: "\"the answer was 500\""),
                ])),
        EventDescription(
            .webhookSaturated, "Too many deliveries wait for a webhook; newer ones are skipped until it recovers.",
            ObjectSchema(
                "WebhookSaturatedData",
                [webhook, .count("pending", "Deliveries that wait.", example: "100000")])),
    ]
    private static let webhook = FieldSchema.id("webhookId", WebhookID.self, "The webhook.")
}
