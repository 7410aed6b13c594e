internal import Domain
internal import Platform

/// A session whose items all have a result.
struct RenderedTryOn: Sendable {
    let session: ClaimedTryOn
    let startedAt: Timestamp
    let results: [ItemResult]

    /// The session after its customer was erased: no personal data, and no pictures.
    var withoutCustomer: RenderedTryOn {
        let gone = ItemFailure(code: "photo_unavailable", message: "the photo is gone")
        return RenderedTryOn(
            session: session.withoutCustomer, startedAt: startedAt,
            results: results.map { result in
                result.picture == nil ? result : ItemResult(work: result.work, outcome: .failed(gone))
            })
    }

    /// The files where any worker may have stored pictures of the session.
    var files: [ErasureList.Entry] {
        results.map {
            ErasureList.Entry(.file, ObjectPath.result(session.job.organizationID, session.id, $0.work.id))
        }
    }

    var status: SessionStatus {
        if results.contains(where: { $0.outcome == .canceled }) { return .canceled }
        let completed = results.count { $0.picture != nil }
        return completed == results.count ? .completed : completed == 0 ? .failed : .partiallyCompleted
    }

    /// The items that were charged and have no picture.
    var refunds: [ItemWork] {
        results.filter { $0.picture == nil && $0.work.priceCredits > 0 }.map(\.work)
    }

    // MARK: Rows

    func refundEntries(at now: Timestamp) -> [LedgerEntry] {
        refunds.map { work in
            LedgerEntry(
                organizationID: session.job.organizationID, reference: "refund:\(work.id)", kind: .refund,
                amountCredits: Int64(work.priceCredits), sessionID: session.id, itemID: work.id, createdAt: now)
        }
    }

    /// The session with these items marked as recorded.
    func marking(_ recorded: Set<ItemID>) -> RenderedTryOn {
        RenderedTryOn(
            session: session, startedAt: startedAt,
            results: results.map { result in
                var result = result
                if recorded.contains(result.work.id) { result.isRecorded = true }
                return result
            })
    }

    /// Whether there are pictures that were not recorded before.
    var hasNewPictures: Bool { results.contains { $0.picture != nil && !$0.isRecorded } }

    /// The event of an item that has a picture.
    func itemEvent(_ index: Int) -> TryOnEvent { TryOnEvent(items[index], of: session.id, session.job) }

    private var items: [SessionView.Item] {
        results.map { result in
            var item = SessionView.Item(id: result.work.id, sku: result.work.sku, status: result.status)
            if result.picture?.hasFile == true {
                item.resultPath = ObjectPath.result(session.job.organizationID, session.id, result.work.id)
            }
            item.renderer = result.picture?.renderer
            item.errorCode = result.failure?.code
            item.errorMessage = result.failure?.message
            return item
        }
    }

    /// The ended session, as the API shows it to its owner.
    func view(finishedAt now: Timestamp) -> SessionView {
        var view = SessionView(queued: session.id, session.job, photoID: session.photoID)
        view.status = status
        view.costCredits = results.reduce(0) { $0 + $1.work.priceCredits }
        view.startedAt = startedAt
        view.finishedAt = now
        view.items = items
        return view
    }
}
