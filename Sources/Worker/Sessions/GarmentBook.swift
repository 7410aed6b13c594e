internal import Shared

/// The garments that the sessions of a group name, as MariaDB has them now: admission has looked at a copy.
struct GarmentBook {
    private var garments: [GarmentID: (organization: OrganizationID, category: GarmentCategory?)] = [:]

    init(_ jobs: [SessionJob], _ connection: MySQLConnection) throws(MySQLError) {
        let wanted = Set(jobs.flatMap { $0.ticket.items.compactMap(\.garmentID) })
        for piece in StatementSize.pieces(Array(wanted)) {
            let rows = try connection.query(SessionStatements.garments(piece.count), piece.map { .id($0) })
            for row in rows {
                garments[row.id(0)] = (row.id(1), row.optionalText(2).flatMap(GarmentCategory.init(rawValue:)))
            }
        }
    }

    /// The items of a session; one whose garment is gone has failed, and costs nothing.
    func items(of job: SessionJob) -> [ItemWork] {
        job.ticket.items.enumerated().map { position, item in
            let garment = item.garmentID.flatMap { garments[$0] }
            let isGone = item.garmentID != nil && garment?.organization != job.ticket.organizationID
            return ItemWork(
                id: SessionTicket.itemID(job.id, position), position: position, sku: item.sku,
                garmentID: item.garmentID, garmentURL: item.garmentURL,
                category: item.category ?? garment?.category ?? .accessory,
                priceCredits: isGone ? 0 : job.ticket.itemCredits,
                failure: isGone ? ItemFailure(code: "garment_unavailable", message: "the garment is gone") : nil)
        }
    }
}
