internal import Domain

/// The placeholders of the paths; each name has one meaning in the whole API.
enum PathSchema {
    static let all: [FieldSchema] = [
        .id("orgId", OrganizationID.self, "The organisation's id."),
        .id("keyId", APIKeyID.self, "The API key's id."),
        FieldSchema(
            "externalId", .string(1...128), isRequired: true, "The tenant's id of the customer.",
            example: "\"shopper-42\""),
        .id("photoId", PhotoID.self, "The photograph's id."),
        .id("garmentId", GarmentID.self, "The garment's id."),
        .id("webhookId", WebhookID.self, "The webhook's id."),
        .id("deliveryId", DeliveryID.self, "The delivery's id."),
        .id("sessionId", SessionID.self, "The session's id."),
        FieldSchema(
            "path", .string(1...1_000), isRequired: true, "The path of a stored file.",
            example: "\"enterprise/org-…/results/…/….jpg\""),
    ]

    /// The schemas of the placeholders of a path, in their order.
    static func placeholders(of path: String) -> [FieldSchema] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
            let name = segment.dropFirst().prefix { $0 != "}" && $0 != "*" }
            guard let schema = all.first(where: { "\($0.name)" == name }) else {
                preconditionFailure("the placeholder \(name) has no schema")
            }
            return schema
        }
    }
}
