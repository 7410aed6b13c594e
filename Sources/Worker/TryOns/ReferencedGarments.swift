internal import Domain
internal import Platform

/// The garments of a group of sessions, as stored in MariaDB; admission checked a cached copy.
struct ReferencedGarments {
    private struct Garment {
        let organizationID: OrganizationID
        let category: GarmentCategory?
    }

    private var garments: [GarmentID: Garment] = [:]

    init(_ sessions: [ClaimedTryOn], _ connection: MySQLConnection) throws(MySQLError) {
        let wanted = Set(sessions.flatMap { $0.job.items.compactMap(\.garmentID) })
        for piece in BatchSize.paddedPieces(wanted.sorted()) {
            for row in try connection.query(TryOnStatements.garments(piece.count), piece.map { .id($0) }) {
                garments[row.id("id")] = Garment(
                    organizationID: row.id("organization_id"),
                    category: row.optionalText("category").flatMap(GarmentCategory.init(rawValue:)))
            }
        }
    }

    /// The items of a session; an item whose garment is gone has failed, and costs nothing.
    func items(of session: ClaimedTryOn) -> [ItemWork] {
        session.job.items.enumerated().map { position, item in
            let garment = item.garmentID.flatMap { garments[$0] }
            let isGone = item.garmentID != nil && garment?.organizationID != session.job.organizationID
            return ItemWork(
                id: TryOnJob.itemID(session.id, position), position: position, sku: item.sku,
                garmentID: item.garmentID, garmentURL: item.garmentURL,
                category: item.category ?? garment?.category ?? .accessory,
                priceCredits: isGone ? 0 : session.job.itemCredits,
                failure: isGone ? ItemFailure(code: "garment_unavailable", message: "the garment is gone") : nil)
        }
    }
}
