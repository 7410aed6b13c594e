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
    /// The picture that an earlier worker has made and recorded.
    var picture: ItemResult.Picture?
}

extension ItemWork {
    /// Reads a row of `StoredTryOnStatements.items`.
    init(_ row: MySQLRow) {
        let status = ItemStatus(rawValue: row.text("status"))
        self.init(
            id: row.id("id"), position: Int(row.integer("position")), sku: row.text("sku"),
            garmentID: row.optionalID("garment_id"), garmentURL: row.optionalText("garment_url"),
            category: GarmentCategory(rawValue: row.text("category")) ?? .accessory,
            priceCredits: Int(row.integer("price_credits")),
            failure: status == .failed
                ? ItemFailure(
                    code: row.optionalText("error_code") ?? "", message: row.optionalText("error_message") ?? "")
                : nil,
            picture: status == .completed
                ? ItemResult.Picture(
                    hasFile: row.optionalText("result_path") != nil, renderer: row.optionalText("renderer") ?? "")
                : nil)
    }
}
