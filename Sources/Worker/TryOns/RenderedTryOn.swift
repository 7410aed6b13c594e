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
                guard case .success = result.outcome else { return result }
                return ItemResult(work: result.work, outcome: .failure(gone))
            })
    }

    /// The files where any worker may have stored pictures of the session.
    var files: [ErasureList.Entry] {
        results.map {
            ErasureList.Entry(.file, ObjectPath.result(session.job.organizationID, session.id, $0.work.id))
        }
    }

    var status: SessionStatus {
        let completed = results.count { if case .success = $0.outcome { true } else { false } }
        return completed == results.count ? .completed : completed == 0 ? .failed : .partiallyCompleted
    }

    /// The items that were charged and have no picture.
    var refunds: [ItemWork] {
        results.compactMap { result in
            guard case .failure = result.outcome, result.work.priceCredits > 0 else { return nil }
            return result.work
        }
    }

    // MARK: Rows

    func refundEntries(at now: Timestamp) -> [LedgerEntry] {
        refunds.map { work in
            LedgerEntry(
                organizationID: session.job.organizationID, reference: "refund:\(work.id)", kind: .refund,
                amountCredits: Int64(work.priceCredits), sessionID: session.id, itemID: work.id, createdAt: now)
        }
    }

    func rows(finishedAt now: Timestamp) -> [ItemRow] {
        results.map { result in
            var picture: ItemResult.Picture?
            var failure: ItemFailure?
            switch result.outcome {
            case .success(let made): picture = made
            case .failure(let reason): failure = reason
            }
            return ItemRow(
                id: result.work.id, session: session, position: result.work.position,
                status: failure == nil ? .completed : .failed, priceCredits: result.work.priceCredits,
                category: result.work.category, picture: picture, failure: failure, finishedAt: now)
        }
    }

    /// The ended session, as the API shows it to its owner.
    func view(finishedAt now: Timestamp) -> SessionView {
        var view = SessionView(queued: session.id, session.job, photoID: session.photoID)
        view.status = status
        view.costCredits = results.reduce(0) { $0 + $1.work.priceCredits }
        view.startedAt = startedAt
        view.finishedAt = now
        view.items = results.map { result in
            var item = SessionView.Item(id: result.work.id, sku: result.work.sku, status: .completed)
            switch result.outcome {
            case .success(let picture):
                item.resultPath = picture.path
                item.renderer = picture.renderer
            case .failure(let failure):
                item.status = .failed
                item.errorCode = failure.code
                item.errorMessage = failure.message
            }
            return item
        }
        return view
    }
}
