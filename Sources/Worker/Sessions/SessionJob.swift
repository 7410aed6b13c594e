internal import Shared

/// A claimed session with its ticket read.
struct SessionJob: Sendable {
    let claim: Claim
    let id: SessionID
    private(set) var ticket: SessionTicket
    /// The photo that admission has chosen.
    let photoID: PhotoID
    /// Fences writes: the boot and the number of the claim.
    let owner: String

    /// This job without what tells of the customer, who is erased.
    var withoutCustomer: SessionJob {
        var job = self
        job.ticket.customerID = ""
        job.ticket.metadata = Array("{}".utf8)
        return job
    }
}

/// One item to render.
struct ItemWork: Hashable, Sendable {
    var id: ItemID
    var position: Int
    var sku: String
    var garmentID: GarmentID?
    var garmentURL: String?
    var category: GarmentCategory
    var priceCredits: Int
    /// Why it cannot be rendered; nil: it can.
    var failure: ItemFailure?
}

/// What came of one item.
struct ItemResult: Hashable, Sendable {
    let work: ItemWork
    let outcome: Result<Picture, ItemFailure>

    /// A stored picture; without a path where none was made.
    struct Picture: Hashable, Sendable {
        let path: String?
        let renderer: String
    }
}
