internal import Domain

/// The body of a request for a cart try-on.
struct TryOnRequest: Sendable {
    var customerID: String
    var photoID: PhotoID?
    var cartID: String?
    var quality: Quality
    var items: [TryOnJob.Item]
    var metadata: [UInt8]

    /// Reads the body.
    init?(_ reader: inout ObjectReader) {
        let customer = reader.read(TryOnSchema.customerID)
        photoID = reader.read(TryOnSchema.photoID)
        cartID = reader.read(TryOnSchema.cartID)
        quality = reader.read(TryOnSchema.quality) ?? .hd
        items = reader.read(TryOnSchema.items) ?? []
        metadata = reader.read(TryOnSchema.metadata) ?? Self.noMetadata
        guard let customer else { return nil }
        customerID = customer
    }

    private static let noMetadata = Array("{}".utf8)

    /// Reads one item.
    static func item(_ reader: inout ObjectReader) -> TryOnJob.Item? {
        let sku = reader.read(TryOnSchema.sku)
        let garment = reader.read(TryOnSchema.garmentID)
        let url = reader.read(TryOnSchema.garmentURL)
        let category = reader.read(TryOnSchema.category)
        switch (reader.hasValue(TryOnSchema.garmentID), reader.hasValue(TryOnSchema.garmentURL)) {
        case (false, false): reader.add(.required, "is required, or garmentUrl", at: TryOnSchema.garmentID)
        case (true, true):
            reader.add(.notAllowed, "is not allowed with garmentId: send one of them", at: TryOnSchema.garmentURL)
        case (false, true) where !reader.hasValue(TryOnSchema.category):
            reader.add(.required, "is required with garmentUrl", at: TryOnSchema.category)
        case (true, false), (false, true): break
        }
        return sku.map { TryOnJob.Item(sku: $0, garmentID: garment, garmentURL: url, category: category) }
    }
}
