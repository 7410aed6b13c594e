internal import Domain
internal import Platform

/// How items end; those that end alike are written together.
struct ItemEnd: Hashable {
    private let status: ItemStatus
    private let picture: ItemResult.Picture?
    private let failure: ItemFailure?

    private init(_ result: ItemResult) {
        status = result.status
        picture = result.picture
        failure = result.failure
    }

    /// Writes the ends of all items of sessions; their rows exist, and their prices stay as charged.
    static func write(
        of sessions: [RenderedTryOn], at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) {
        for (end, results) in Dictionary(grouping: sessions.flatMap(\.results), by: { ItemEnd($0) }) {
            for ids in BatchSize.paddedPieces(results.map { MySQLValue.id($0.work.id) }) {
                try connection.update(TryOnStatements.finishItems(ids.count), end.values(finishedAt: now) + ids)
            }
        }
    }

    private func values(finishedAt now: Timestamp) -> [MySQLValue] {
        [
            .text(status.rawValue), .optional(picture?.renderer), .optional(failure?.code), .optional(failure?.message),
            .time(now), .boolean(picture?.hasFile == true),
        ]
    }
}
