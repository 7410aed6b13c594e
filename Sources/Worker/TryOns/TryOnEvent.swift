internal import Domain
internal import Platform

/// An event of a session or of one of its items.
struct TryOnEvent {
    private enum Data {
        case session(SessionView)
        case item(SessionView.Item)
        case balance(Account)
        case refund(ItemWork)
    }

    static let itemCompleted = EventName.tryOnItemCompleted.rawValue
    static let refunded = EventName.creditsRefunded.rawValue
    /// How long a link to a picture is valid: longer than the retries of a delivery, because its bytes never change.
    static let linkLifetime = Duration.seconds(7 * 24 * 60 * 60)
    let job: TryOnJob
    let sessionID: SessionID
    /// What has one event of each type: the session or the item.
    let subjectID: String
    let type: String
    private let data: Data

    /// The event of a session's status.
    init(_ view: SessionView, _ job: TryOnJob) {
        self.job = job
        sessionID = view.id
        subjectID = view.id.description
        type = view.status.eventType
        data = .session(view)
    }

    /// The event of an item that has a picture.
    init(_ item: SessionView.Item, of session: SessionID, _ job: TryOnJob) {
        self.job = job
        sessionID = session
        subjectID = item.id.description
        type = Self.itemCompleted
        data = .item(item)
    }

    /// The event of a balance that has fallen below a bound; its subject is the session whose charge has done it.
    init(_ crossing: BalanceCrossing, by session: ClaimedTryOn) {
        job = session.job
        sessionID = session.id
        subjectID = session.id.description
        type = crossing.kind.rawValue
        data = .balance(crossing.account)
    }

    /// The event of the refund of an item.
    init(refundOf work: ItemWork, of session: ClaimedTryOn) {
        job = session.job
        sessionID = session.id
        subjectID = work.id.description
        type = Self.refunded
        data = .refund(work)
    }

    /// The event as it is stored.
    func outgoing(_ links: SignedLinks, at now: Timestamp) -> OutgoingEvent {
        OutgoingEvent(
            organizationID: job.organizationID, environment: job.environment, subjectID: subjectID, type: type,
            requestID: job.requestID, traceparent: job.traceparent
        ) { json in
            write(to: &json) { links.address(of: $0, at: now, for: Self.linkLifetime) }
        }
    }

    /// Writes the members of the event's data.
    private func write(to json: inout JSONWriter, link: (String) -> String) {
        switch data {
        case .session(let view): view.write(to: &json, link: link)
        case .item(let item):
            json.field("sessionId", sessionID)
            json.field("customerId", job.customerID)
            json.field("cartId", job.cartID)
            json.key("item")
            json.object { json in item.write(to: &json, link: link) }
        case .balance(let account):
            json.field("balance", account.balanceCredits)
            json.key("lowCreditsThreshold")
            if let threshold = account.lowCreditsThreshold { json.integer(threshold) } else { json.null() }
            json.field("sessionId", sessionID)
        case .refund(let work):
            json.field("amount", work.priceCredits)
            json.field("sessionId", sessionID)
            json.field("itemId", work.id)
            json.field("sku", work.sku)
        }
    }
}
