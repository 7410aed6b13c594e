internal import Domain
internal import Platform

/// The fields of a cart try-on.
enum TryOnSchema {
    static let customerID = Field<String>.string(
        "customerId", 1...128, isRequired: true, "The customer's externalId.", example: "\"shopper-42\"")
    static let photoID = Field<PhotoID>.id("photoId", "The photo to use; without it the customer's newest.")
    static let cartID = Field<String>.string("cartId", 1...128, "The shop's id of the cart.", example: "\"cart-1001\"")
    static let quality = Field<Quality>.choice(
        "quality", "The size of the pictures, and 1, 2 or 4 credits an item; HD if it is not given.",
        example: "\"HD\"")
    static let items = Field<[TryOnJob.Item]>.objects(
        "items", item, count: 1...10, isRequired: true, "The garments to try on.",
        example: #"[{"sku":"TEE-1","garmentUrl":"https://shop.example/tee.png","category":"top"}]"#
    ) { reader in TryOnRequest.item(&reader) }
    static let metadata = Field<[UInt8]>.metadata("metadata")

    static let sku = Field<String>.string(
        "sku", 1...128, isRequired: true, "The shop's id of the garment.", example: "\"TEE-1\"")
    static let garmentID = Field<GarmentID>.id("garmentId", "A stored garment; or send garmentUrl.")
    static let garmentURL = Field<String>.string(
        "garmentUrl", 1...2_000, format: .uri, "Where the garment's picture is fetched from, over https.",
        example: "\"https://shop.example/tee.png\""
    ).checked { text in
        WebAddress(text)?.scheme == .https ? nil : (.invalidURL, "must be an https URL")
    }
    static let category = Field<GarmentCategory>.choice(
        "category", "On which part of the body the garment is worn; required with garmentUrl.", example: "\"top\"")

    private static let item = ObjectSchema(
        "TryOnItemCreate", [sku.schema, garmentID.schema, garmentURL.schema, category.schema])
    static let create = ObjectSchema(
        "TryOnCreate",
        [customerID.schema, photoID.schema, cartID.schema, quality.schema, items.schema, metadata.schema])

    // MARK: Responses

    private static let id = FieldSchema.id("id", SessionID.self, "The session's id.")
    private static let status = FieldSchema(
        "status", .choice(SessionStatus.allCases.map(\.rawValue)), isRequired: true, "The status of the session.",
        example: "\"queued\"")
    private static let cart = cartID.schema.inResponse(isNullable: true)
    private static let itemID = FieldSchema.id("id", ItemID.self, "The item's id.")
    private static let itemStatus = FieldSchema(
        "status", .choice(ItemStatus.allCases.map(\.rawValue)), isRequired: true, "The status of the item.",
        example: "\"queued\"")
    private static let error = FieldSchema(
        "error",
        .object(
            ObjectSchema(
                "TryOnError",
                [
                    .text("code", "Which failure it was.", example: "\"garment_unreachable\""),
                    .text("message", "The failure in words.", example: "\"…\""),
                ])),
        "Why it failed.", example: #"{"code":"garment_unreachable","message":"…"}"#)

    static let accepted = ObjectSchema(
        "TryOnAccepted",
        [
            id, status, cart, quality.schema.inResponse,
            .count("creditsHeld", "Credits held for the session.", example: "4"),
            .count("creditsRemaining", "Credits that are left.", example: "96"),
            responseItems(ObjectSchema("TryOnItemAccepted", [itemID, sku.schema, itemStatus])), .createdAt,
        ])
    static let view = ObjectSchema(
        "TryOn",
        [
            id, status, .text("customerId", "The customer's externalId.", example: "\"shopper-42\""),
            .text("photoId", isNullable: true, "The photo that is used.", example: "\"pho_…\""), cart,
            quality.schema.inResponse, .count("costCredits", "What the session costs.", example: "4"),
            responseItems(viewItem),
            metadata.schema.inResponse, error,
            .text("duplicateOf", isRequired: false, "The session that has the idempotency key.", example: "\"cts_…\""),
            .createdAt, .time("startedAt", isNullable: true, "When processing began."),
            .time("finishedAt", isNullable: true, "When it ended."),
        ])

    /// The data of `tryon.item.completed`.
    static let itemCompleted = ObjectSchema(
        "TryOnItemCompletedData",
        [
            FieldSchema.id("sessionId", SessionID.self, "The session."),
            .text("customerId", "The customer's externalId.", example: "\"shopper-42\""), cart,
            FieldSchema("item", .object(viewItem), isRequired: true, "The item.", example: "{}"),
        ])

    private static let viewItem = ObjectSchema(
        "TryOnItem",
        [
            itemID, sku.schema, itemStatus,
            .text("resultUrl", isRequired: false, "A signed link to the picture.", example: "\"https://…\""),
            .text("renderer", isRequired: false, "What made the picture.", example: "\"compositor\""), error,
        ])

    private static func responseItems(_ item: ObjectSchema) -> FieldSchema {
        FieldSchema(
            "items", .array(.object(item), count: 1...10), isRequired: true,
            "The items, in the order of the request.", example: "[]")
    }
}
