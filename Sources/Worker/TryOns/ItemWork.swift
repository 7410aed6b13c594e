internal import Domain
internal import Platform

/// One item to render.
struct ItemWork: Hashable, Sendable {
    var id: ItemID
    var position: Int
    var sku: String
    var garmentID: GarmentID?
    var garmentURL: String?
    var category: GarmentCategory
    var priceCredits: Int
    /// Why the item cannot be rendered; nil if it can.
    var failure: ItemFailure?
}

extension ItemWork {
    /// Reads a row of `StoredTryOnStatements.items`.
    init(_ row: MySQLRow) {
        let hasFailed = row.text("status") == ItemStatus.failed.rawValue
        self.init(
            id: row.id("id"), position: Int(row.integer("position")), sku: row.text("sku"),
            garmentID: row.optionalID("garment_id"), garmentURL: row.optionalText("garment_url"),
            category: GarmentCategory(rawValue: row.text("category")) ?? .accessory,
            priceCredits: Int(row.integer("price_credits")),
            failure: hasFailed
                ? ItemFailure(
                    code: row.optionalText("error_code") ?? "", message: row.optionalText("error_message") ?? "")
                : nil)
    }
}
