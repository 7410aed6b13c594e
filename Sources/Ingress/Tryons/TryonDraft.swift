internal import Shared

/// A cart try-on as a client asks for it.
struct TryonDraft: Sendable {
    var customerID: String
    var photoID: PhotoID?
    var cartID: String?
    var quality: Quality
    var items: [SessionTicket.Item]
    var metadata: [UInt8]

    /// Reads the body; faults go to the reader.
    init?(_ reader: inout BodyReader) {
        let customer = reader.string("customerId", 1...128, isRequired: true)
        photoID = Self.identity(&reader, "photoId", PhotoID.init(_:), example: "pho_…")
        cartID = reader.string("cartId", 1...128)
        let quality = reader.hasValue("quality") ? reader.choice("quality", isRequired: true) : Quality.hd
        var items: [SessionTicket.Item] = []
        for (index, node) in (reader.elements("items", 1...10, isRequired: true) ?? []).enumerated() {
            var item = BodyReader(node, pointer: "/items/\(index)", faults: reader.faults)
            if let read = Self.item(&item) { items.append(read) }
            item.refuseUnknown()
        }
        metadata = reader.metadata("metadata") ?? Array("{}".utf8)
        guard let customer, let quality else { return nil }
        customerID = customer
        self.quality = quality
        self.items = items
    }

    private static func item(_ reader: inout BodyReader) -> SessionTicket.Item? {
        guard reader.isObject else { return nil }
        let sku = reader.string("sku", 1...128, isRequired: true)
        let garment = identity(&reader, "garmentId", { GarmentID($0) }, example: "gar_…")
        let url = address(&reader)
        let category: GarmentCategory? = reader.hasValue("category") ? reader.choice("category", isRequired: true) : nil
        switch (reader.hasValue("garmentId"), reader.hasValue("garmentUrl")) {
        case (false, false):
            reader.faults.add(reader.path("garmentId"), "required", "is required, or garmentUrl")
        case (true, true):
            reader.faults.add(reader.path("garmentUrl"), "not_allowed", "stands beside garmentId: send one of them")
        case (false, true) where !reader.hasValue("category"):
            reader.faults.add(reader.path("category"), "required", "is required beside garmentUrl")
        case (true, false), (false, true): break
        }
        return sku.map { SessionTicket.Item(sku: $0, garmentID: garment, garmentURL: url, category: category) }
    }

    private static func identity<ID>(
        _ reader: inout BodyReader, _ name: String, _ read: (String) -> ID?, example: String
    ) -> ID? {
        guard let text = reader.string(name, 1...64) else { return nil }
        guard let id = read(text) else {
            reader.faults.add(reader.path(name), "invalid_id", "must be an id such as \(example)")
            return nil
        }
        return id
    }

    private static func address(_ reader: inout BodyReader) -> String? {
        guard let text = reader.string("garmentUrl", 1...2_000) else { return nil }
        guard WebAddress(text)?.scheme == .https else {
            reader.faults.add(reader.path("garmentUrl"), "invalid_url", "must be an https URL")
            return nil
        }
        return text
    }
}
