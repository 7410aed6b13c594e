package import Platform

/// A cart try-on as its owner sees it: the response to a GET, and the data of its events.
package struct SessionView: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var id: ItemID
        package var sku: String
        package var status: ItemStatus
        package var resultPath: String?
        package var renderer: String?
        package var errorCode: String?
        package var errorMessage: String?

        package init(
            id: ItemID, sku: String, status: ItemStatus, resultPath: String? = nil, renderer: String? = nil,
            errorCode: String? = nil, errorMessage: String? = nil
        ) {
            self.id = id
            self.sku = sku
            self.status = status
            self.resultPath = resultPath
            self.renderer = renderer
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }
    }

    package var id: SessionID
    package var status: SessionStatus
    package var customerID: String
    package var photoID: PhotoID?
    package var cartID: String?
    package var quality: Quality
    package var costCredits: Int
    package var items: [Item]
    package var metadata: [UInt8]
    package var errorCode: String?
    package var errorMessage: String?
    package var duplicateOf: SessionID?
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    package init(
        id: SessionID, status: SessionStatus, customerID: String, photoID: PhotoID?, cartID: String?,
        quality: Quality, costCredits: Int, items: [Item], metadata: [UInt8]
    ) {
        self.id = id
        self.status = status
        self.customerID = customerID
        self.photoID = photoID
        self.cartID = cartID
        self.quality = quality
        self.costCredits = costCredits
        self.items = items
        self.metadata = metadata
    }

    /// An accepted session that is not in MariaDB yet.
    package init(queued id: SessionID, _ job: TryOnJob, photoID: PhotoID?) {
        self.init(
            id: id, status: .queued, customerID: job.customerID, photoID: photoID, cartID: job.cartID,
            quality: job.quality, costCredits: job.costCredits,
            items: job.items.enumerated().map { position, item in
                Item(id: TryOnJob.itemID(id, position), sku: item.sku, status: .queued)
            }, metadata: job.metadata)
    }

    /// Shows the session as canceled before it was charged.
    package mutating func cancel() {
        status = .canceled
        costCredits = 0
        for index in items.indices { items[index].status = .canceled }
    }

    /// Writes the members of the JSON object; `link` returns the URL of a result path.
    package func write(to json: inout JSONWriter, link: (String) -> String) {
        json.field("id", id)
        json.field("status", status.rawValue)
        json.field("customerId", customerID)
        json.field("photoId", photoID?.description)
        json.field("cartId", cartID)
        json.field("quality", quality.rawValue)
        json.field("costCredits", costCredits)
        json.key("items")
        json.array { json in
            for item in items { json.object { json in item.write(to: &json, link: link) } }
        }
        json.key("metadata")
        json.raw(metadata)
        Self.write(errorCode, errorMessage, to: &json)
        if let duplicateOf { json.field("duplicateOf", duplicateOf) }
        json.field("createdAt", id.createdAt)
        json.field("startedAt", startedAt)
        json.field("finishedAt", finishedAt)
    }

    fileprivate static func write(_ code: String?, _ message: String?, to json: inout JSONWriter) {
        guard let code else { return }
        json.key("error")
        json.object { json in
            json.field("code", code)
            json.field("message", message ?? "")
        }
    }
}

extension SessionView.Item {
    /// Writes the members of the JSON object; `link` returns the URL of a result path.
    package func write(to json: inout JSONWriter, link: (String) -> String) {
        json.field("id", id)
        json.field("sku", sku)
        json.field("status", status.rawValue)
        if let path = resultPath { json.field("resultUrl", link(path)) }
        if let renderer { json.field("renderer", renderer) }
        SessionView.write(errorCode, errorMessage, to: &json)
    }
}
