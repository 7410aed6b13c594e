internal import Domain
internal import Platform

/// The row that charging writes for an item.
struct ItemRow {
    let id: ItemID
    let session: ClaimedTryOn
    let position: Int
    let status: ItemStatus
    let priceCredits: Int
    let category: GarmentCategory
    var failure: ItemFailure?
    /// Nil if the item is not finished.
    let finishedAt: Timestamp?

    /// Nil if the job cannot be read; then the row exists, and keeps what it has of these.
    private var item: TryOnJob.Item? {
        session.job.items.indices.contains(position) ? session.job.items[position] : nil
    }

    /// Updates an existing row, which is queued.
    static let insert = InsertStatement<ItemRow>(
        into: "cart_tryon_items",
        updating: ["status", "price_credits", "error_code", "error_message", "finished_at"],
        [
            ("id", { .id($0.id) }),
            ("session_id", { .id($0.session.id) }),
            ("organization_id", { .id($0.session.job.organizationID) }),
            ("position", { .integer(Int64($0.position)) }),
            ("sku", { .text($0.item?.sku ?? "") }),
            ("garment_id", { .optional($0.item?.garmentID) }),
            ("garment_url", { .optional($0.item?.garmentURL) }),
            ("category", { .text($0.category.rawValue) }),
            ("price_credits", { .integer(Int64($0.priceCredits)) }),
            ("status", { .text($0.status.rawValue) }),
            ("error_code", { .optional($0.failure?.code) }),
            ("error_message", { .optional($0.failure?.message) }),
            ("finished_at", { .optional($0.finishedAt) }),
        ])
}
